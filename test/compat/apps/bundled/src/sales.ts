import { Injectable } from '@nestjs/common';
import { Projection } from '@eventcore/nestjs-observability';

@Injectable()
export class Sales {
  static readonly none = new Sales();

  @Projection()
  on(_event: object) {}
}
