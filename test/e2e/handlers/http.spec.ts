import {
  BadRequestException,
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  type INestApplication,
  Injectable,
  Param,
  Post,
  Query as QueryParam,
  Scope,
  SetMetadata,
  Sse,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiOperation, ApiResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { interval, map, type Observable, of, take } from 'rxjs';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule, Query } from '../../../lib/index.js';
import { commands, series } from './application.js';

class CreateOrder {
  sku = '';
}

const guarded: unknown[] = [];

@Injectable()
class RoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const role = this.reflector.get<string>('role', handler);
    guarded.push(handler.name, role);
    return role !== 'nobody';
  }
}

@Controller('orders')
class OrdersController {
  @Command()
  @Post()
  @HttpCode(202)
  @UseGuards(RoleGuard)
  @SetMetadata('role', 'below')
  async create(@Body() order: CreateOrder): Promise<string> {
    if (order.sku === '') throw new BadRequestException('no sku');
    return order.sku;
  }

  @Post('closed')
  @UseGuards(RoleGuard)
  @SetMetadata('role', 'nobody')
  @Command('Closed')
  closed(): string {
    return 'never';
  }

  @ApiOperation({ summary: 'Finds an order' })
  @Get(':id')
  @Header('x-order', 'found')
  @Query()
  @ApiResponse({ status: 200, description: 'The order' })
  find(@Param('id') id: string, @QueryParam('verbose') verbose?: string): Observable<object> {
    return of({ id, verbose });
  }

  @Sse('stream/events')
  @Query('Watch')
  watch(): Observable<{ data: number }> {
    return interval(1).pipe(
      take(3),
      map((data) => ({ data })),
    );
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  #calls = 0;

  @Get()
  @Query('Scoped')
  call(): { calls: number } {
    return { calls: ++this.#calls };
  }
}

describe.each([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
])('a controller on %s', (_, adapter) => {
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [ObservabilityModule.forRoot({ health: false })],
      controllers: [OrdersController, ScopedController],
    }).compile();
    app = module.createNestApplication(adapter() as ExpressAdapter, { logger: false });
    await app.init();
    await (app as unknown as NestFastifyApplication).getHttpAdapter().getInstance().ready?.();
  });

  afterAll(() => app.close());

  const http = () => request(app.getHttpServer());

  it('A controller has its series at 0 before the first request', () => {
    expect(commands(app)).toEqual({ CreateOrder: 0, Closed: 0 });
    expect(Object.keys(series(app, 'eventcore_queries_total')).toSorted()).toEqual([
      'OrdersController.find',
      'Scoped',
      'Watch',
    ]);
  });

  it('A controller keeps routes, status codes, parameters and guards, above and below the decorator', async () => {
    await http().post('/orders').send({ sku: 'x' }).expect(202, 'x');
    expect(guarded.splice(0)).toEqual(['create', 'below']);
    await http().post('/orders').send({ sku: '' }).expect(400);
    await http().post('/orders/closed').expect(403);
    expect(guarded.splice(0)).toEqual(['create', 'below', 'closed', 'nobody']);
    expect(commands(app)).toEqual({ CreateOrder: 2, Closed: 0 });
    expect(series(app, 'eventcore_commands_rejected_total')['CreateOrder']).toBe(1);
  });

  it('A controller answers with what an Observable emits, once', async () => {
    const { body, headers } = await http().get('/orders/7?verbose=yes').expect(200);
    expect(body).toEqual({ id: '7', verbose: 'yes' });
    expect(headers['x-order']).toBe('found');
    expect(series(app, 'eventcore_queries_total')['OrdersController.find']).toBe(1);
  });

  it('A controller streams server-sent events and counts the stream once, at its end', async () => {
    const { text } = await http().get('/orders/stream/events').expect(200);
    expect(text.match(/data: \d/g)).toEqual(['data: 0', 'data: 1', 'data: 2']);
    expect(series(app, 'eventcore_queries_total')['Watch']).toBe(1);
    expect(series(app, 'eventcore_queries_concurrent')['Watch']).toBe(0);
  });

  it('A controller may be request-scoped', async () => {
    await http().get('/scoped').expect(200, { calls: 1 });
    await http().get('/scoped').expect(200, { calls: 1 });
    expect(series(app, 'eventcore_queries_total')['Scoped']).toBe(2);
  });

  it('A controller is documented by swagger, wherever its decorators stand', () => {
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    const find = paths['/orders/{id}']?.get;
    expect(find?.summary).toBe('Finds an order');
    expect(find?.responses['200']).toMatchObject({ description: 'The order' });
    expect(find?.operationId).toBe('OrdersController_find');
    expect(find?.parameters).toHaveLength(2);
  });
});
