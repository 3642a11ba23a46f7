import { Injectable } from '@nestjs/common';
import { Projection } from '@eventcore/nestjs-observability';

/** Has the name of a class of another module. */
@Injectable()
export class Sales {
  @Projection({ name: 'Wholesale' })
  on(_event: object) {}
}
