import { Writable } from 'node:stream';
import {
  Controller,
  type DynamicModule,
  Inject,
  Injectable,
  Logger,
  type LoggerService,
  Post,
  type Type,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule, Query, REJECTION } from '../../../lib/index.js';
import {
  logContext,
  logging,
  ObservabilityLogger,
  withLogContext,
} from '../../../lib/logging/index.js';

class OutOfStock extends Error {
  readonly [REJECTION] = true;
}

@Injectable()
class Shop {
  readonly #logger = new Logger('Shop');

  constructor(@Inject(ObservabilityLogger) private readonly lines: ObservabilityLogger) {}

  @Command('PlaceOrder')
  async place(_command: { commandId: string; correlationId: string }): Promise<void> {
    await Promise.resolve();
    this.#logger.warn('Low stock');
    this.find();
    this.lines.info('Charged', { level: 'gold', message: 'm', card_token: 'tok_123456789' });
    withLogContext({ api_password: 'hunter2', tenant: 't-1' }, () => this.#logger.log('Packed'));
  }

  @Query('FindOrder')
  find(): number {
    return 1;
  }

  @Command('RejectOrder')
  async reject(): Promise<void> {
    throw new OutOfStock('no more of it');
  }

  @Command('FailOrder')
  async fail(): Promise<void> {
    throw new TypeError('password=hunter2 was wrong');
  }
}

@Controller()
class Orders {
  constructor(@Inject(Shop) private readonly shop: Shop) {}

  @Post('orders')
  async place(): Promise<void> {
    await this.shop.place({ commandId: 'c-1', correlationId: 'k-1' });
    await this.shop.reject().catch(() => undefined);
    await this.shop.fail().catch(() => undefined);
  }
}

const lines: string[] = [];
const stream = new Writable({
  write: (chunk, _encoding, done) => {
    lines.push(...String(chunk).trim().split('\n'));
    done();
  },
});

interface NestjsPino {
  readonly LoggerModule: { forRoot(options: object): DynamicModule };
  readonly Logger: Type<LoggerService>;
}

interface NestWinston {
  readonly WinstonModule: { createLogger(options: object): LoggerService };
}

interface Winston {
  readonly format: ((change: (info: object) => object) => () => object) & {
    combine(...formats: object[]): object;
    json(): object;
  };
  readonly transports: { readonly Stream: new (options: object) => object };
}

// Not resolved by the compiler: the packages are large, and nothing else of the project needs their types.
const load = (name: string): Promise<unknown> => import(/* @vite-ignore */ name);

/** Modules of a logger, and the logger itself. */
interface Foreign {
  readonly imports: readonly DynamicModule[];
  logger(get: (token: Type<LoggerService>) => LoggerService): LoggerService;
}

async function nestjsPino(): Promise<Foreign> {
  const { LoggerModule, Logger: PinoLogger } = (await load('nestjs-pino')) as NestjsPino;
  const options = { name: 'shop', level: 'trace', mixin: () => logContext() };
  return {
    imports: [LoggerModule.forRoot({ pinoHttp: [options, stream] })],
    logger: (get) => get(PinoLogger),
  };
}

async function nestWinston(): Promise<Foreign> {
  const { WinstonModule } = (await load('nest-winston')) as NestWinston;
  const { format, transports } = (await load('winston')) as Winston;
  const withContext = format((info) => ({ ...logContext(), ...info }));
  const logger = WinstonModule.createLogger({
    level: 'silly',
    format: format.combine(withContext(), format.json()),
    transports: [new transports.Stream({ stream })],
  });
  return { imports: [], logger: () => logger };
}

let close: (() => Promise<void>) | undefined;

afterEach(async () => {
  await close?.();
  close = undefined;
  Logger.overrideLogger(new Logger());
});

async function order({ imports, logger }: Foreign): Promise<void> {
  const plugins = [logging({ level: 'trace', context: true, lines: { state: false } })];
  const testing = await Test.createTestingModule({
    imports: [...imports, ObservabilityModule.forRoot({ plugins })],
    controllers: [Orders],
    providers: [Shop],
  }).compile();
  const app = testing.createNestApplication({ bufferLogs: true });
  app.useLogger(logger((token) => app.get(token)));
  await app.listen(0);
  close = () => app.close();
  lines.length = 0;
  await fetch(`${await app.getUrl()}/orders`, { method: 'POST' });
}

describe('lines through nestjs-pino and nest-winston', () => {
  it.each([
    ['nestjs-pino', nestjsPino, 'msg', { debug: 20, info: 30, warn: 40, error: 50 }],
    [
      'nest-winston',
      nestWinston,
      'message',
      { debug: 'debug', info: 'info', warn: 'warn', error: 'error' },
    ],
  ])(
    'With %s, lines about work and lines of the application have level, message, ids and no secret',
    async (_name, foreign, message, levels) => {
      await order(await foreign());
      const parsed = lines.map((it) => JSON.parse(it) as Record<string, unknown>);
      const line = (text: string) => parsed.find((it) => it[message] === text);
      const work = {
        span_name: 'command PlaceOrder',
        command_type: 'PlaceOrder',
        command_id: 'c-1',
      };
      const target = { context: 'eventcore::command' };
      expect(line('Starting command execution')).toMatchObject({ level: levels.debug, ...target });
      expect(line('Low stock')).toMatchObject({ level: levels.warn, context: 'Shop', ...work });
      expect(line('Packed')).toMatchObject({ ...work, tenant: 't-1', api_password: '[Redacted]' });
      const charged = { level: levels.info, fields: { level: 'gold' }, card_token: '[Redacted]' };
      expect(line('Charged')).toMatchObject({ ...charged, correlation_id: 'k-1' });
      const done = { level: levels.info, outcome: 'success', correlation_id: 'k-1' };
      expect(line('Command executed successfully')).toMatchObject({ ...done, ...target, ...work });
      expect(line('Query executed successfully')).toMatchObject({ span_name: 'query FindOrder' });
      expect(line('Query executed successfully')).not.toHaveProperty('command_id');
      const rejected = { level: levels.info, outcome: 'rejected', error_type: 'OutOfStock' };
      expect(line('Command rejected')).toMatchObject({ ...rejected, ...target });
      expect(line('Command execution failed')).toMatchObject({
        level: levels.error,
        error_message: 'password=[Redacted] was wrong',
        error_stack: expect.stringContaining('at Shop.fail'),
      });
      expect(lines.join()).not.toMatch(/hunter2|tok_123456789/);
      for (const it of lines.filter((line) => !line.includes('"fields"'))) {
        const names = it.match(/"(?:name|level|message|msg|context|span_name|span_id)":/g);
        expect(names).toEqual([...new Set(names)]);
      }
    },
  );
});
