// A wrapper that drops reflect-metadata: guards silently stop to apply, listeners are never called.
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import request from 'supertest';
import { expect, it } from 'vitest';
import { Command, Query } from '../../lib/index.js';
import { start } from '../e2e/handlers/application.js';

@Injectable()
class Closed implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.getHandler().name === 'open';
  }
}

@Controller()
class Doors {
  @Query('Below')
  @Get('below')
  @UseGuards(Closed)
  below(): string {
    return 'in';
  }

  @UseGuards(Closed)
  @Get('above')
  @Query('Above')
  above(): string {
    return 'in';
  }

  @Get('open')
  @UseGuards(Closed)
  @Query('Open')
  open(): string {
    return 'in';
  }
}

@Injectable()
class Listener {
  heard = 0;

  @Command('Hear')
  @OnEvent('said')
  hear(): void {
    this.heard++;
  }
}

it('Guards apply to a decorated route, and listeners hear', async () => {
  const app = await start({
    imports: [EventEmitterModule.forRoot()],
    controllers: [Doors],
    providers: [Listener],
  });
  const http = request(app.getHttpServer());
  await http.get('/below').expect(403);
  await http.get('/above').expect(403);
  await http.get('/open').expect(200, 'in');
  app.get(EventEmitter2).emit('said');
  expect(app.get(Listener).heard).toBe(1);
});
