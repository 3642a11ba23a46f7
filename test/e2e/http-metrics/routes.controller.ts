import {
  Body,
  CanActivate,
  Controller,
  ForbiddenException,
  Get,
  Head,
  HttpCode,
  Injectable,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  Redirect,
  Res,
  Sse,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { NEVER, Observable, of } from 'rxjs';

/** A response of both platforms. */
interface PlatformResponse {
  status(code: number): this;
  header(name: string, value: string): this;
  send(body: unknown): unknown;
}

@Injectable()
class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

/** Told when a handler that never answers has begun. */
export const hanging = { begun: () => {}, cancelled: () => {} };

@Controller('orders')
export class OrdersController {
  @Get()
  all(): string[] {
    return [];
  }

  @Get(':id')
  one(@Param('id') id: string): object {
    if (id === 'missing') throw new NotFoundException();
    if (id === 'forbidden') throw new ForbiddenException();
    if (id === 'broken') throw new Error('disk on fire');
    return { id };
  }

  @Post()
  create(@Body() body: object): object {
    return body;
  }

  @Post(':id/items/:item')
  @HttpCode(202)
  add(@Param('item', ParseIntPipe) item: number): number {
    return item;
  }

  @Get(':id/secret')
  @UseGuards(ClosedGuard)
  secret(): string {
    return 'never';
  }
}

@Controller('answers')
export class AnswersController {
  @Get('manual')
  manual(@Res() response: PlatformResponse): void {
    response.status(207).send('by hand');
  }

  @Get('passthrough')
  passthrough(@Res({ passthrough: true }) response: PlatformResponse): string {
    response.status(203).header('x-kept', 'yes');
    return 'returned';
  }

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(Readable.from([Buffer.from('a'), Buffer.from('b')]));
  }

  @Get('redirect')
  @Redirect('/elsewhere', 302)
  redirect(): void {}

  @Get('unchanged')
  @HttpCode(304)
  unchanged(): void {}

  @Head('headers')
  headers(): void {}

  @Sse('events')
  events(): Observable<{ data: string }> {
    return of({ data: 'one' }, { data: 'two' });
  }

  @Sse('endless')
  endless(): Observable<never> {
    hanging.begun();
    return NEVER;
  }

  @Get('hang')
  hang(): Promise<never> {
    hanging.begun();
    return new Promise(() => undefined);
  }

  @Get('cut')
  cut(@Res() response: ServerResponse & { raw?: ServerResponse }): void {
    (response.raw ?? response).destroy();
  }
}
