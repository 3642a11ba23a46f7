import { ConsoleLogger, Injectable, Logger, type LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { createNestLogger, logging, type NestLogger } from '../../../lib/logging/index.js';
import { type Line, textSink } from './json-lines.js';

@Injectable()
class Shop {
  @Command('PlaceOrder')
  async place(_command: object): Promise<void> {}

  @Command('FailOrder')
  async fail(): Promise<void> {
    throw new Error('password=hunter2');
  }
}

let close: (() => Promise<void>) | undefined;

afterEach(async () => {
  await close?.();
  close = undefined;
  Logger.overrideLogger(new Logger());
  vi.restoreAllMocks();
});

async function start(logger: LoggerService) {
  const imports = [ObservabilityModule.forRoot({ plugins: [logging()], prometheus: false })];
  const testing = await Test.createTestingModule({ imports, providers: [Shop] }).compile();
  const app = testing.createNestApplication({ logger });
  await app.init();
  close = () => app.close();
  return app.get(Shop);
}

const parsed = (lines: readonly string[]) => lines.map((it) => JSON.parse(it) as Line);

function ownLogger(level = 'info'): { logger: NestLogger; lines: string[] } {
  const lines: string[] = [];
  return { logger: createNestLogger({ level, sinks: [textSink(lines)] }), lines };
}

describe("Nest's logger", () => {
  it('Each call of the logger is one line with context, fields and error', () => {
    const { logger, lines } = ownLogger('trace');
    logger.log('plain');
    logger.log('with context', 'Orders');
    logger.warn('with fields', { password: 'x', order: 7 }, 'Orders');
    logger.error('with stack', 'Error: a\n    at b (c.js:1:2)', 'Orders');
    logger.error(new TypeError('thrown'), 'Orders');
    logger.log({ message: 'an object', order: 8 }, 'Orders');
    logger.verbose('lowest', 'Orders');
    const found = parsed(lines).map(
      ({ level, target, message }) => `${level} ${target} ${message}`,
    );
    expect(found).toEqual([
      'INFO nest plain',
      'INFO Orders with context',
      'WARN Orders with fields',
      'ERROR Orders with stack',
      'ERROR Orders thrown',
      'INFO Orders an object',
      'TRACE Orders lowest',
    ]);
    const [, , warning, stack, error, object] = parsed(lines);
    expect(warning?.fields).toEqual({ password: '[Redacted]', order: 7 });
    expect(stack?.fields['error_stack']).toContain('at b');
    expect(error?.fields).toMatchObject({ error_type: 'TypeError', error_message: 'thrown' });
    expect(object?.fields).toEqual({ order: 8 });
  });

  it('Nest learns the true level, and a context has its own', () => {
    const { logger, lines } = ownLogger('warn,Orders=debug');
    Logger.overrideLogger(logger);
    expect(Logger.isLevelEnabled('verbose')).toBe(false);
    expect(Logger.isLevelEnabled('debug')).toBe(true);
    new Logger('Other').log('quiet');
    new Logger('Orders').debug('heard');
    expect(parsed(lines).map(({ message }) => message)).toEqual(['heard']);
  });

  it('A value that throws when it is read does not reach the caller', () => {
    const { logger, lines } = ownLogger();
    const hostile = {
      get message(): string {
        throw new Error('no');
      },
    };
    logger.log(hostile);
    logger.log(Object.freeze(new Error('frozen')));
    expect(lines).toHaveLength(2);
  });

  it('An unknown level stops the start', () => {
    expect(() => createNestLogger({ level: 'loud' })).toThrow(/must be a level/);
  });
});

describe('lines of the plugin through the logger of the application', () => {
  it('Our own logger takes them as they are', async () => {
    const { logger, lines } = ownLogger('warn,eventcore=info');
    await (await start(logger)).place({ commandId: 'c-1' });
    expect(parsed(lines)).toMatchObject([
      { target: 'eventcore::command', fields: { command_type: 'PlaceOrder', command_id: 'c-1' } },
    ]);
  });

  it('A logger that prints text gets one text with pairs, without secrets', async () => {
    const printed: string[] = [];
    const write = (it: unknown) => printed.push(String(it)) > 0;
    const logger = new ConsoleLogger({ colors: false });
    const shop = await start(logger);
    vi.spyOn(process.stdout, 'write').mockImplementation(write);
    vi.spyOn(process.stderr, 'write').mockImplementation(write);
    await shop.place({ commandId: 'c-1' });
    await expect(shop.fail()).rejects.toThrow();
    vi.restoreAllMocks();
    const text = printed.join('');
    expect(text).toMatch(
      /\[eventcore::command\] Command executed successfully .*command_type=PlaceOrder command_id=c-1 outcome=success/,
    );
    expect(text).toContain('error_message=password=[Redacted]'.replace('=password', '="password'));
    expect(text).not.toContain('hunter2');
  });

  it('Any other logger gets one object, as nestjs-pino and nest-winston read it', async () => {
    const calls: unknown[][] = [];
    const take = (...args: unknown[]) => void calls.push(args);
    const logger = { log: take, error: take, warn: take, debug: take, verbose: take, fatal: take };
    const shop = await start(logger);
    calls.length = 0;
    await shop.place({ commandId: 'c-1' });
    expect(calls).toMatchObject([
      [
        { message: 'Command executed successfully', command_type: 'PlaceOrder' },
        'eventcore::command',
      ],
    ]);
  });
});
