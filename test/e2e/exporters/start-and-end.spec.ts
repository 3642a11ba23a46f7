import { Injectable, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Command, ConfigurationError, ObservabilityModule } from '../../../lib/index.js';
import type {
  ExporterContext,
  MetricsExporter,
  PullExporter,
  PushExporter,
  RegistrySnapshot,
} from '../../../lib/metrics/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

const closing: (() => unknown)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).toReversed()) await close();
});

@Injectable()
class Work {
  @Command('PlaceOrder')
  async place(): Promise<string> {
    return 'placed';
  }
}

async function start(...exporters: MetricsExporter[]) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ exporters })],
    providers: [Work],
  });
  let ended: Promise<void> | undefined;
  const end = () => (ended ??= application.close());
  closing.push(end);
  const exports = async (exporter: string, outcome: string) =>
    sampleOf(await application.service.gather(), 'eventcore_observability_exports_total', {
      exporter,
      outcome,
    });
  const faults = async (component: string) =>
    sampleOf(await application.service.gather(), 'eventcore_observability_errors_total', {
      component,
    });
  return { application, exports, faults, end };
}

const hour = { intervalMs: 3_600_000, timeoutMs: 1_000 };
const never = () => new Promise<never>(() => undefined);

/** Only these: sockets and the event loop go on. */
const stopTime = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

interface Reached {
  readonly promise: Promise<void>;
  readonly reach: () => void;
}

function reached(): Reached {
  let reach: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (reach = resolve));
  return { promise, reach };
}

describe('an exporter whose opening hangs', () => {
  it('An exporter whose opening hangs holds the start up for five seconds, is counted, and sends once it is open', async () => {
    const asked = reached();
    let open: (it: PushExporter) => void = () => undefined;
    const late: MetricsExporter = {
      name: 'late',
      open: () => {
        asked.reach();
        return new Promise<PushExporter>((resolve) => (open = resolve));
      },
    };
    const quick: MetricsExporter = { name: 'quick', open: () => ({ close: () => undefined }) };
    stopTime();
    const starting = start(late, quick);
    await asked.promise;
    await vi.advanceTimersByTimeAsync(4_999);
    const isStarted = await Promise.race([starting.then(() => true), turns(20).then(() => false)]);
    expect(isStarted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    const { faults, exports, end } = await starting;
    expect(await faults('late')).toBe(1);
    expect(await exports('late', 'success')).toBeUndefined();
    expect(await exports('quick', 'success')).toBe(0);
    let exported = 0;
    open({ ...hour, intervalMs: 1_000, export: async () => void exported++ });
    await turns(20);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(exported).toBeGreaterThanOrEqual(2);
    expect(await exports('late', 'success')).toBe(exported);
    await end();
  });

  it('An exporter whose opening hangs is closed when it opens after the end of the application', async () => {
    const asked = reached();
    const closed = reached();
    let open: (it: PullExporter) => void = () => undefined;
    const late: MetricsExporter = {
      name: 'late',
      open: () => {
        asked.reach();
        return new Promise<PullExporter>((resolve) => (open = resolve));
      },
    };
    stopTime();
    const starting = start(late);
    await asked.promise;
    await vi.advanceTimersByTimeAsync(5_000);
    const { end } = await starting;
    await end();
    open({ close: closed.reach });
    await expect(closed.promise).resolves.toBeUndefined();
  });

  it('An exporter whose opening hangs is counted once more when it fails in the end, and nothing else happens', async () => {
    const asked = reached();
    let fail: (error: unknown) => void = () => undefined;
    const late: MetricsExporter = {
      name: 'late',
      open: () => {
        asked.reach();
        return new Promise<PushExporter>((_resolve, reject) => (fail = reject));
      },
    };
    stopTime();
    const starting = start(late);
    await asked.promise;
    await vi.advanceTimersByTimeAsync(5_000);
    const { faults } = await starting;
    fail(new Error('ECONNREFUSED'));
    await turns(5);
    expect(await faults('late')).toBe(2);
  });
});

describe('what an exporter returns', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an interval of 0', { intervalMs: 0, timeoutMs: 1, export: async () => undefined }],
    ['an interval that is no number', { timeoutMs: 1, export: async () => undefined }],
    ['an interval without end', { intervalMs: Infinity, timeoutMs: 1, export: async () => 1 }],
    ['a time limit below 0', { intervalMs: 1, timeoutMs: -1, export: async () => undefined }],
  ])('The value returned by an exporter ends the start when it is %s', async (_what, opened) => {
    const bad = { name: 'bad', open: () => opened } as MetricsExporter;
    const failure = await start(bad).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(failure).toMatchObject({
      code: 'OBS_OPTION_INVALID',
      problems: [{ subject: 'exporters.bad' }],
    });
  });

  it('The value returned by an exporter ends the start although an exporter that is to be closed hangs', async () => {
    const closing = reached();
    const stuck: MetricsExporter = {
      name: 'stuck',
      open: () => ({ close: () => (closing.reach(), never()) }),
    };
    const bad: MetricsExporter = { name: 'bad', open: () => Promise.reject(new Error('no key')) };
    stopTime();
    const failure = start(stuck, bad).catch((error: Error) => error.message);
    await closing.promise;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await failure).toBe('no key');
  });
});

describe('the end of an exporter that is asked', () => {
  it.each<[string, PullExporter['close']]>([
    ['hangs', never],
    ['throws', () => Promise.reject(new Error('no'))],
  ])(
    'The end of an exporter that is asked that %s is counted, and the application ends in time',
    async (_what, close) => {
      const asked = reached();
      let context: ExporterContext | undefined;
      const stuck: MetricsExporter = {
        name: 'stuck',
        open: (it) => {
          context = it;
          return { close: () => (asked.reach(), close?.()) };
        },
      };
      const { end } = await start(stuck);
      const before = faultsIn(context?.read());
      stopTime();
      const ending = end();
      await asked.promise;
      await vi.advanceTimersByTimeAsync(5_000);
      await ending;
      expect(faultsIn(context?.read()) - before).toBe(1);
    },
  );
});

describe('names of exporters', () => {
  it('Exporter names are told apart from each other and from the endpoint, whatever they are', async () => {
    const called = (name: string): MetricsExporter => ({
      name,
      open: () => ({ close: () => undefined }),
    });
    const { application } = await start(
      ...['a', 'a', 'a_2', 'a', 'prometheus'].map((name) => called(name)),
    );
    const text = await application.service.gather();
    const exporters = [
      ...text.matchAll(
        /^eventcore_observability_exports_total\{exporter="([^"]+)",outcome="success"/gm,
      ),
    ].map(([, name]) => name);
    expect(exporters.toSorted()).toEqual([
      'a',
      'a_2',
      'a_2_2',
      'a_3',
      'prometheus',
      'prometheus_2',
    ]);
  });
});

describe('a snapshot', () => {
  it('A snapshot cannot be spoiled by one exporter for the others, the endpoint or the next one', async () => {
    const spoils: MetricsExporter = {
      name: 'spoils',
      open: () => ({
        ...hour,
        export: async (snapshot) => spoil(snapshot),
      }),
    };
    let seen: RegistrySnapshot | undefined;
    const looks: MetricsExporter = {
      name: 'looks',
      open: () => ({ ...hour, export: async (snapshot) => void (seen = snapshot) }),
    };
    const { application, end } = await start(spoils, looks, { ...spoils, name: 'spoils_too' });
    await application.app.get(Work).place();
    const before = await application.service.gather();
    await end();
    expect(commandsIn(seen)).toBe(1);
    expect(sampleOf(before, 'eventcore_commands_total')).toBe(1);
    expect(sampleOf(await application.service.gather(), 'eventcore_commands_total')).toBe(1);
  });
});

/** Everything that JavaScript lets be changed. */
function spoil(value: unknown): void {
  if (value instanceof Float64Array) value.fill(-7);
  else if (typeof value === 'object' && value !== null) {
    for (const key of Reflect.ownKeys(value)) {
      spoil(Reflect.get(value, key));
      Reflect.set(value, key, 'spoilt');
    }
  }
}

const metricIn = (snapshot: RegistrySnapshot | undefined, name: string) =>
  snapshot?.metrics.find((it) => it.definition.name === name)?.blocks[0];

const commandsIn = (snapshot: RegistrySnapshot | undefined) =>
  metricIn(snapshot, 'eventcore_commands_total')?.values[0];

function faultsIn(snapshot: RegistrySnapshot | undefined): number {
  const block = metricIn(snapshot, 'eventcore_observability_errors_total');
  return block?.values.reduce((sum, it) => sum + it, 0) ?? 0;
}

/** Turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
