// Server-sent events as in Nest's sample 28, a file as a stream, and an interceptor that maps answers.
import {
  type CallHandler,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  Module,
  type NestInterceptor,
  Sse,
  StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Readable } from 'node:stream';
import { interval, map, take } from 'rxjs';
import type { Trial } from './main.js';
import { LOAD, shop } from './shop.js';

class Wrapped implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Controller()
class StreamsController {
  @Sse('three')
  three() {
    return interval(5).pipe(
      take(3),
      map((count) => ({ data: { count } })),
    );
  }

  @Sse('forever')
  forever() {
    return interval(5).pipe(map((count) => ({ data: { count } })));
  }

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(Readable.from([Buffer.from('hats '), Buffer.from('and shoes')]));
  }

  @Get('wrapped')
  @UseInterceptors(Wrapped)
  wrapped(): string {
    return 'hat';
  }
}

export const trial: Trial = {
  requests: [...LOAD, 'GET /three', 'GET /file', 'GET /wrapped'],
  // The stream stays open: it must not delay the end of the application.
  work: async (url) => {
    const { status, body } = await fetch(`${url}/forever`);
    await body?.getReader().read();
    return status;
  },
  create: async (imports: DynamicModule[]) => {
    @Module({
      controllers: [...shop.controllers, StreamsController],
      providers: shop.providers,
      imports,
    })
    class AppModule {}
    return NestFactory.create(AppModule, { logger: ['error'], forceCloseConnections: true });
  },
};
