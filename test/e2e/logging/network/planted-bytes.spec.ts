import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Injectable } from '@nestjs/common';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Command, ObservabilityModule } from '../../../../lib/index.js';
import {
  consoleSink,
  createNestLogger,
  elasticsearchSink,
  fileSink,
  logContext,
  logging,
  LogStore,
  lokiSink,
  ObservabilityLogger,
  otlpSink,
  streamSink,
  withLogContext,
} from '../../../../lib/logging/index.js';
import { recordingSink } from '../../../../lib/testing/index.js';
import { formed, leaksIn, named, templates, within } from '../../../unit/logging/plants.js';
import { RunningApplication } from '../../module/running-application.js';
import { BulkStore, StrictReceiver } from './strict-receiver.js';

const SEED = 20;
const CASES = 8_000;
const BATCH = 100;
const WAITING = { maxBufferedBytes: 67_108_864 };

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(command: unknown): Promise<void> {
    throw (command as { readonly thrown: unknown }).thrown;
  }
}

/** Bytes that each sink has handed over, by the name of the sink. */
const bytes = new Map<string, string[]>();
const taken = (sink: string, text: string) => {
  const known = bytes.get(sink);
  if (known === undefined) bytes.set(sink, [text]);
  else known.push(text);
};

const path = join(mkdtempSync(join(tmpdir(), 'planted-')), 'app.log');
const recording = recordingSink();
const receivers: StrictReceiver[] = [];
let application: RunningApplication;
let nest: ReturnType<typeof createNestLogger>;

async function receiver(sink: string): Promise<string> {
  const store = new BulkStore();
  const made = await new StrictReceiver((request, response) => {
    taken(sink, request.body.toString('latin1'));
    if (sink === 'elasticsearch') store.answer(request, response);
    else response.writeHead(204).end();
  }).start();
  receivers.push(made);
  return made.url;
}

async function sinks() {
  const pipe = new PassThrough().on('data', (it: Buffer) => taken('stream', String(it)));
  const [elastic, loki, otlp, otlpJson] = await Promise.all(
    ['elasticsearch', 'loki', 'otlp', 'otlp, JSON'].map(receiver),
  );
  return [
    consoleSink({ ...WAITING, format: 'json' }),
    fileSink({ ...WAITING, path }),
    streamSink(pipe, { ...WAITING, format: 'pretty' }),
    elasticsearchSink({ ...WAITING, url: elastic!, format: 'ecs' }),
    lokiSink({ ...WAITING, url: loki! }),
    otlpSink({ ...WAITING, url: otlp! }),
    { ...otlpSink({ ...WAITING, url: otlpJson!, protocol: 'http/json' }), name: 'otlp_json' },
    recording,
  ];
}

beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    taken('console', String(text));
    return true;
  });
  const all = await sinks();
  const options = { sinks: all, repeated: false, spans: true } as const;
  nest = createNestLogger({ sinks: all.slice(0, 1), repeated: false });
  application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        serviceName: 'shop',
        plugins: [logging({ ...options, context: true, store: true })],
      }),
    ],
    providers: [Orders],
  });
});

afterAll(async () => {
  await application.close();
  await nest.close();
  vi.restoreAllMocks();
  await Promise.all(receivers.map((it) => it.stop()));
});

type Plant = (logger: ObservabilityLogger) => unknown;

const values = fc.tuple(
  fc.oneof(
    named,
    formed.map(({ value }) => value),
  ),
  fc.nat(8),
);

/** The places of the port, of a Nest logger and of a handler where a value can be. */
const places: fc.Arbitrary<Plant> = fc.oneof(
  values.map(
    ([value, depth]): Plant =>
      (it) =>
        it.info('m', { data: within(value, depth) }),
  ),
  values.map(
    ([value]): Plant =>
      (it) =>
        it.info('m', value as object),
  ),
  values.map(
    ([value]): Plant =>
      (it) =>
        it.info(value as string),
  ),
  values.map(
    ([value]): Plant =>
      (it) =>
        it.with({ bound: value }).warn('m'),
  ),
  values.map(
    ([value]): Plant =>
      (it) =>
        it.with(value as Record<string, unknown>).warn('m'),
  ),
  values.map(
    ([value]): Plant =>
      (it) =>
        withLogContext({ held: value }, () => {
          it.error('m');
          taken('logContext()', JSON.stringify(logContext()));
        }),
  ),
  formed.map(
    ({ text }): Plant =>
      (it) =>
        it.named(text).info(`failed: ${text}`),
  ),
  values.map(
    ([value]): Plant =>
      () =>
        nest.log(value, 'Orders'),
  ),
  values.map(
    ([value]): Plant =>
      () =>
        nest.error('m', value, 'Orders'),
  ),
  formed.map(
    ({ text }): Plant =>
      () =>
        nest.error(text, `Error: ${text}\n  at a.js:1:1`, text),
  ),
  templates.map(
    ({ message, args }): Plant =>
      () =>
        nest.warn(message, ...args, 'Orders'),
  ),
  values.map(
    ([thrown]): Plant =>
      () =>
        application.app.get(Orders).place({ thrown }).catch(Boolean),
  ),
  formed.map(
    ({ text, value }): Plant =>
      () =>
        application.app
          .get(Orders)
          .place({ id: text, correlationId: text, metadata: { causationId: text }, thrown: value })
          .catch(Boolean),
  ),
);

describe('bytes of all sinks', () => {
  it(
    'None of 8,000 planted secrets is in the bytes of any sink',
    { timeout: 120_000 },
    async () => {
      const logger = application.app.get(ObservabilityLogger);
      const plants = fc.sample(places, { numRuns: CASES, seed: SEED });
      for (const [i, plant] of plants.entries()) {
        await plant(logger);
        if (i % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const lines = application.app.get(LogStore).query({ limit: CASES });
      await application.close();
      const kept = recording.lines.length;
      taken('store', JSON.stringify(lines));
      taken('recording', JSON.stringify(recording.lines));
      taken('file', readFileSync(path, 'utf8'));
      const leaks = [...bytes].flatMap(([sink, texts]) =>
        texts.flatMap((text) => leaksIn(text).map((it) => `${sink}: ${it}`)),
      );
      expect(leaks.slice(0, 5)).toEqual([]);
      expect(kept).toBeGreaterThan(CASES / 2);
      expect([...bytes.keys()].toSorted()).toEqual(
        ['console', 'elasticsearch', 'file', 'logContext()', 'loki', 'otlp', 'otlp, JSON'].concat([
          'recording',
          'store',
          'stream',
        ]),
      );
      const [text = ''] = bytes.get('file') ?? [];
      expect(text.trimEnd().split('\n')).toHaveLength(kept);
    },
  );
});
