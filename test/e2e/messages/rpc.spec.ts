import {
  type ArgumentsHost,
  BadRequestException,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import {
  type ClientProxy,
  ClientProxyFactory,
  ClientsModule,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { lastValueFrom, map, type Observable, of, throwError, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

class Denied implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class Breaking implements CanActivate {
  canActivate(): boolean {
    throw new RangeError('no session store');
  }
}

@Catch(TypeError)
class Answering implements ExceptionFilter {
  catch(_error: TypeError, _host: ArgumentsHost): Observable<string> {
    return of('sorry');
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  readonly value = 'per request';
}

class Inherited {
  @MessagePattern('inherited')
  inherited(): string {
    return 'from the parent';
  }
}

@Controller()
class Orders extends Inherited {
  @MessagePattern('sum')
  sum(@Payload() numbers: readonly number[]): number {
    return numbers.reduce((sum, it) => sum + it, 0);
  }
  @MessagePattern('throws')
  throws(): never {
    throw new RangeError('sync');
  }
  @MessagePattern('rejects')
  async rejects(): Promise<never> {
    throw new SyntaxError('async');
  }
  @MessagePattern('refuses')
  async refuses(): Promise<never> {
    throw new RpcException('out of stock');
  }
  @MessagePattern('bad-request')
  @UsePipes({
    transform: () => {
      throw new BadRequestException('no id');
    },
  })
  piped(@Payload() _data: unknown): unknown {
    return 'never';
  }
  @MessagePattern('stream')
  stream(): Observable<number> {
    return of(1, 2, 3);
  }
  @MessagePattern('broken-stream')
  brokenStream(): Observable<number> {
    return throwError(() => new RangeError('mid'));
  }
  @MessagePattern(['one', { cmd: 'two', a: 1 }])
  several(): string {
    return 'several';
  }
  @MessagePattern('denied')
  @UseGuards(Denied)
  denied(): string {
    return 'never';
  }
  @MessagePattern('broken-guard')
  @UseGuards(Breaking)
  brokenGuard(): string {
    return 'never';
  }
  @MessagePattern('filtered')
  @UseFilters(new Answering())
  filtered(): never {
    throw new TypeError('mapped to a value');
  }
  @MessagePattern('cached')
  @UseInterceptors({ intercept: () => of('from the cache') })
  cached(): string {
    return 'never';
  }
  @MessagePattern('translated')
  @UseInterceptors({
    intercept: (_context: ExecutionContext, next: { handle(): Observable<unknown> }) =>
      next.handle().pipe(
        map(() => {
          throw new RpcException('translated');
        }),
      ),
  })
  translated(): string {
    return 'fine until here';
  }
  @EventPattern('placed')
  placed(@Payload() _order: unknown): void {}
  @EventPattern('failed-event')
  failedEvent(@Payload() _order: unknown): void {
    throw new RangeError('event');
  }
}

@Controller()
class Also {
  @EventPattern('placed')
  async placed(@Payload() _order: unknown): Promise<void> {
    throw new SyntaxError('second listener');
  }
}

@Controller({ scope: Scope.REQUEST })
class Scoped {
  constructor(@Inject(PerRequest) readonly request: PerRequest) {}
  @MessagePattern('scoped')
  scoped(@Ctx() _context: unknown): string {
    return this.request.value;
  }
  @MessagePattern('scoped-throws')
  async scopedThrows(): Promise<never> {
    throw new RangeError('scoped');
  }
}

const tcp = { host: '127.0.0.1', port: 0 };

describe('messages of @nestjs/microservices', () => {
  let application: RunningApplication;
  let client: ClientProxy;
  const page = async () => (await application.get('/metrics')).text;

  beforeAll(async () => {
    application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot(),
        ClientsModule.registerAsync([
          { name: 'SHOP', useFactory: () => ({ transport: Transport.TCP, options: tcp }) },
        ]),
      ],
      controllers: [Orders, Also, Scoped],
      providers: [
        PerRequest,
        {
          provide: 'DEAD',
          useFactory: () =>
            ClientProxyFactory.create({
              transport: Transport.TCP,
              options: { host: '127.0.0.1', port: 1 },
            }),
        },
      ],
      configure: (app) => void app.connectMicroservice({ transport: Transport.TCP, options: tcp }),
    });
    await application.app.startAllMicroservices();
    const [server] = application.app.getMicroservices();
    const { port } = (server as unknown as { unwrap(): { address(): { port: number } } })
      .unwrap()
      .address();
    client = application.app.get<ClientProxy>('SHOP');
    Object.assign(client, { port });
  });
  afterAll(() => application.close());

  const send = (pattern: unknown, data: unknown = {}) =>
    lastValueFrom(client.send<unknown>(pattern, data).pipe(toArray())).catch(
      (error: unknown) => error,
    );

  async function counts(pattern: string, side = 'server', transport = 'tcp') {
    const text = await page();
    const of = (outcome: string) =>
      sampleOf(text, 'eventcore_messages_total', { transport, pattern, side, outcome });
    return [of('success'), of('rejected'), of('failure')];
  }

  it('Every declared pattern has series at 0 before its first message', async () => {
    expect(await counts('inherited')).toEqual([0, 0, 0]);
  });

  it.each([
    ['sum', [1, 2], [1, 0, 0], [1, 0, 0]],
    ['inherited', {}, [1, 0, 0], [1, 0, 0]],
    ['throws', {}, [0, 0, 1], [0, 0, 1]],
    ['rejects', {}, [0, 0, 1], [0, 0, 1]],
    ['refuses', {}, [0, 1, 0], [0, 1, 0]],
    ['stream', {}, [1, 0, 0], [1, 0, 0]],
    ['broken-stream', {}, [0, 0, 1], [0, 0, 1]],
    ['one', {}, [1, 0, 0], [1, 0, 0]],
    ['denied', {}, [0, 1, 0], [0, 1, 0]],
    ['broken-guard', {}, [0, 0, 1], [0, 0, 1]],
    ['cached', {}, [1, 0, 0], [1, 0, 0]],
    ['translated', {}, [0, 1, 0], [0, 1, 0]],
    ['scoped', {}, [1, 0, 0], [1, 0, 0]],
    ['scoped-throws', {}, [0, 0, 1], [0, 0, 1]],
    // The filter hides what happened from the client.
    ['filtered', {}, [0, 0, 1], [1, 0, 0]],
    ['bad-request', {}, [0, 1, 0], [0, 0, 1]],
  ])(
    'A message %s counts once on each side, by what its handler did',
    async (pattern, data, server, own) => {
      await send(pattern, data);
      expect(await counts(pattern)).toEqual(server);
      expect(await counts(pattern, 'client')).toEqual(own);
    },
  );

  it('A pattern that is an object is named by its members in order', async () => {
    await send({ a: 1, cmd: 'two' });
    expect(await counts('{"a":1,"cmd":"two"}')).toEqual([1, 0, 0]);
    expect(await counts('{"a":1,"cmd":"two"}', 'client')).toEqual([1, 0, 0]);
  });

  it('An event counts once per handler, and its sending once', async () => {
    client.emit('placed', {});
    await poll(async () => (await counts('placed'))[2] === 1 || undefined, {
      what: 'the second handler',
      timeoutMs: 5_000,
    });
    expect(await counts('placed')).toEqual([1, 0, 1]);
    expect(await counts('placed', 'client')).toEqual([1, 0, 0]);
    client.emit('failed-event', {});
    await poll(async () => (await counts('failed-event'))[2] === 1 || undefined, {
      what: 'the failed event',
      timeoutMs: 5_000,
    });
  });

  it('A client that cannot connect counts each message as a failure', async () => {
    const dead = application.app.get<ClientProxy>('DEAD');
    await expect(lastValueFrom(dead.send('anything', {}))).rejects.toThrow();
    dead.emit('anything', {}).subscribe({ error: () => undefined });
    await poll(async () => (await counts('anything', 'client'))[2] === 2 || undefined, {
      what: 'two failures',
      timeoutMs: 5_000,
    });
  });

  it('Ids in the patterns that a client sends are one name, and the names are limited', async () => {
    const dead = application.app.get<ClientProxy>('DEAD');
    const fail = (pattern: string) => lastValueFrom(dead.send(pattern, {})).catch(() => undefined);
    await Promise.all(Array.from({ length: 3 }, (_, i) => fail(`orders.${1000 + i}.pay`)));
    expect((await counts('orders.*.pay', 'client'))[2]).toBe(3);
    await Promise.all(Array.from({ length: 150 }, (_, i) => fail(`tenant-${i}x`)));
    const text = await page();
    expect((await counts('__other__', 'client'))[2]).toBeGreaterThan(0);
    const names = parseTextFormat(text).get('eventcore_messages_total')?.samples ?? [];
    const ofClient = new Set(
      names
        .filter(({ labels }) => labels['side'] === 'client')
        .map(({ labels }) => labels['pattern']),
    );
    expect(ofClient.size).toBeLessThanOrEqual(101);
  });

  it('Nothing is in progress once all messages have ended, and errors have their types', async () => {
    const text = await page();
    const concurrent = parseTextFormat(text).get('eventcore_messages_concurrent')?.samples ?? [];
    expect(concurrent.filter(({ value }) => value !== 0)).toEqual([]);
    const errors = parseTextFormat(text).get('eventcore_errors_total')?.samples ?? [];
    const types = errors.filter(
      ({ labels }) => labels['source'] === 'message' && labels['error_type'] !== 'unknown',
    );
    expect(types.map(({ labels, value }) => [labels['error_type'], value]).toSorted()).toEqual([
      ['ECONNREFUSED', expect.any(Number)],
      ['RangeError', 5],
      ['SyntaxError', 2],
      ['TypeError', 1],
    ]);
    const seconds = sampleOf(text, 'eventcore_message_duration_seconds_count', {
      transport: 'tcp',
      pattern: 'sum',
      side: 'server',
    });
    expect(seconds).toBe(1);
  });
});
