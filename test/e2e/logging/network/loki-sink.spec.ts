import { afterEach, describe, expect, it } from 'vitest';
import { lokiSink, type LokiSinkOptions, type OpenSink } from '../../../../lib/logging/index.js';
import { line, TrialHost } from '../../../unit/logging/network/sink-trial.js';
import { lokiStreams, StrictReceiver } from './strict-receiver.js';

let sink: OpenSink | undefined;
let receiver: StrictReceiver;
let host: TrialHost;

afterEach(async () => {
  await sink?.close();
  await receiver.stop();
});

async function open(options: Partial<LokiSinkOptions> = {}): Promise<OpenSink> {
  receiver = await new StrictReceiver((_, response) => response.writeHead(204).end()).start();
  host = new TrialHost();
  sink = lokiSink({ url: receiver.url, intervalMs: 5, ...options }).open(host);
  return sink;
}

describe('Loki', () => {
  it('Lines of one level are one stream in the order of their times, with trace ids as structured metadata', async () => {
    const opened = await open({ labels: { region: 'eu-1' }, tenant: 'team-a' });
    const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    opened.write(line('second', { timeMs: 1_700_000_000_002, span }));
    opened.write(line('first', { timeMs: 1_700_000_000_001.25 }));
    opened.write(line('failed', { timeMs: 1_700_000_000_003, level: 'error' }));
    opened.write(line('third', { timeMs: 1_700_000_000_002 }));
    await opened.flush();
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/loki/api/v1/push' });
    expect(request?.headers['x-scope-orgid']).toBe('team-a');
    expect(request?.headers['content-type']).toBe('application/json');
    const labels = { service: 'shop', environment: 'prod', region: 'eu-1' };
    expect(lokiStreams(request!)).toEqual([
      {
        stream: { ...labels, level: 'info' },
        values: [
          ['1700000000001250000', expect.stringContaining('"message":"first"')],
          [
            '1700000000002000000',
            expect.stringContaining('"message":"second"'),
            { trace_id: span.traceId, span_id: span.spanId },
          ],
          ['1700000000002000000', expect.stringContaining('"message":"third"')],
        ],
      },
      {
        stream: { ...labels, level: 'error' },
        values: [['1700000000003000000', expect.stringContaining('"message":"failed"')]],
      },
    ]);
  });

  it('A thousand lines of as many orders and traces are one stream', async () => {
    const opened = await open();
    for (let i = 0; i < 1_000; i++) {
      const traceId = i.toString(16).padStart(32, '0');
      const span = { traceId, spanId: '0'.repeat(16) };
      opened.write(line(`n${i}`, { fieldsText: `{"order":"o-${i}"}`, target: `t${i}`, span }));
    }
    await opened.flush();
    const streams = receiver.requests.flatMap(lokiStreams);
    expect(new Set(streams.map(({ stream }) => JSON.stringify(stream))).size).toBe(1);
    expect(streams.flatMap(({ values }) => values)).toHaveLength(1_000);
  });

  it('A receiver that is overloaded gets the same lines again, and one that refuses them has them counted', async () => {
    const opened = await open();
    const statuses = [503, 429, 204, 400];
    receiver.answer = (_, response) => {
      response.writeHead(statuses.shift() ?? 204).end('entry too far behind: hunter2');
    };
    opened.write(line('a'));
    await opened.flush();
    opened.write(line('b'));
    await opened.flush();
    const bodies = receiver.requests.map(({ body }) => body.toString());
    expect(new Set(bodies.slice(0, 3)).size).toBe(1);
    expect(host.drops).toEqual(new Map([['refused', 1]]));
    expect(host.faults.join()).not.toContain('hunter2');
  });

  it('Wrong options stop the start with their path', () => {
    const attempt = (options: object) => () => lokiSink(options as LokiSinkOptions);
    const url = 'http://loki:3100';
    expect(attempt({})).toThrow('lokiSink().url');
    for (const name of ['trace-id', '1a', '__name__', 'level']) {
      expect(attempt({ url, labels: { [name]: 'x' } })).toThrow('lokiSink().labels');
    }
    expect(attempt({ url, labels: { region: 1 } })).toThrow('lokiSink().labels.region');
    expect(attempt({ url, tenant: 'a\nb' })).toThrow('lokiSink().tenant');
    expect(attempt({ url, format: 'xml' })).toThrow('lokiSink().format');
  });
});
