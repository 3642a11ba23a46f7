import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HttpReceiver } from '../contract/otlp/http-receiver.js';
import type { ReceivedSpan } from '../contract/otlp/received-span.js';
import { fittingNode, fittingNodeProblem } from './fitting-node.js';
import { describeWithLibrary, install } from './installation.js';

const INTERNAL = 1;
const CONSUMER = 5;
const ERROR = 2;

const problem = fittingNodeProblem();
const note = problem === undefined ? '' : ` (skipped: ${problem})`;

interface Answer {
  readonly state?: string;
  readonly node?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly stored: unknown;
  readonly exporters?: readonly Record<string, unknown>[];
}

describe.skipIf(problem !== undefined)(`SDK 3.x of OpenTelemetry${note}`, () => {
  describeWithLibrary('with an application of Nest 12', (library) => {
    const application = install('otel-sdk-3', library);
    let receiver: HttpReceiver;
    let node: string;
    beforeAll(() => {
      node = fittingNode();
    });
    beforeEach(async () => {
      receiver = await new HttpReceiver().open();
    });
    afterEach(() => receiver.close());

    async function run(args: readonly string[], env: Readonly<Record<string, string>>) {
      const { code, stdout, stderr } = await application().runScript({ node, args, env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return JSON.parse(stdout) as Answer;
    }

    const started = (options: object = {}) => {
      const exporter = { type: 'otlp', endpoint: receiver.url, compression: 'gzip' };
      const telemetry = { serviceName: 'shop', exporter, ...options };
      return run(['src/started.mjs'], { TELEMETRY: JSON.stringify(telemetry) });
    };

    const named = (name: string): ReceivedSpan[] => receiver.spans.filter((it) => it.name === name);
    const only = (name: string): ReceivedSpan => {
      expect(receiver.spans.map((it) => it.name)).toContain(name);
      expect(named(name)).toHaveLength(1);
      return named(name)[0]!;
    };

    function expectBusiness(metadata: Answer['metadata']): void {
      const place = only('command PlaceOrder');
      expect(place).toMatchObject({ kind: INTERNAL, parentSpanId: '', status: { code: 0 } });
      expect(place.attributes).toMatchObject({
        'command.type': 'PlaceOrder',
        'command.outcome': 'success',
        'events.count': 1,
      });
      expect(place.scope.name).toBe('@eventcore/nestjs-observability');
      expect(metadata).toEqual({
        tenant: 'a',
        traceparent: `00-${place.traceId}-${place.spanId}-01`,
      });
      const [young, old] = named('projection Revenue');
      expect(young).toMatchObject({
        kind: CONSUMER,
        traceId: place.traceId,
        parentSpanId: place.spanId,
        links: [],
      });
      expect(old).toMatchObject({ parentSpanId: '', attributes: { 'event.id': 'order-1' } });
      expect(old?.traceId).not.toBe(place.traceId);
      expect(old?.links).toMatchObject([{ traceId: place.traceId, spanId: place.spanId }]);
    }

    function expectOutcomes(): void {
      const retry = only('command Retry');
      expect(only('command Retry attempt').parentSpanId).toBe(retry.spanId);
      expect(only('command Refuse')).toMatchObject({
        status: { code: 0 },
        attributes: { 'command.outcome': 'rejected' },
      });
      const failed = only('command Fail');
      expect(failed.status).toMatchObject({ code: ERROR });
      expect(failed.attributes['error.type']).toBe('RangeError');
      expect(failed.events.map((it) => it.name)).toEqual(['exception']);
    }

    it('`startTelemetry()` with SDK 3.x exports every span as protobuf before it ends', async () => {
      const { state, exporters, metadata, stored, ...rest } = await started({ traceStore: true });
      expect(Number(rest.node?.slice(1).split('.')[0])).toBeGreaterThanOrEqual(22);
      expectBusiness(metadata);
      expectOutcomes();
      expect(receiver.requests[0]).toMatchObject({
        path: '/v1/traces',
        headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
      });
      expect(receiver.spans[0]?.resource['service.name']).toBe('shop');
      // The application that ended was the last one: it shut telemetry down.
      expect(state).toBe('stopped');
      const { length } = receiver.spans;
      expect(exporters).toMatchObject([{ exported: length, failed: 0, dropped: 0, pending: 0 }]);
      expect(stored).toEqual([2]);
    });

    it('`--import …/register` starts tracing with SDK 3.x', async () => {
      const args = ['--import', '@eventcore/nestjs-observability/register', 'src/registered.mjs'];
      const { metadata, stored } = await run(args, {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_SERVICE_NAME: 'registered',
      });
      expectBusiness(metadata);
      expectOutcomes();
      expect(receiver.spans[0]?.resource['service.name']).toBe('registered');
      expect(stored).toBe('OBS_TRACE_STORE_MISSING');
    });

    it('`startTelemetry()` with SDK 3.x takes every sampler', async () => {
      const exporter = [{ type: 'otlp', endpoint: receiver.url }];
      const { metadata } = await started({ exporter, sampler: 'never' });
      expect(receiver.spans).toEqual([]);
      // The context goes on all the same, marked as not sampled.
      expect(metadata['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      const rules = [{ name: 'command Fail', sampler: 'always' }];
      const root = { type: 'by-name', rules, otherwise: { type: 'ratio', ratio: 0 } };
      await started({ exporter, sampler: { type: 'parent-based', root } });
      expect(receiver.spans.map((it) => it.name)).toEqual(['command Fail']);
    });

    it('`startTelemetry()` with SDK 3.x keeps errors of what is not sampled, and limits the rate', async () => {
      await started({ sampler: 'never', keepErrors: true });
      expect(receiver.spans.map((it) => it.name)).toEqual(['command Fail']);
      receiver.requests.length = 0;
      const root = { type: 'rate-limit', spansPerSecond: 1 };
      await started({ sampler: { type: 'parent-based', root } });
      const roots = receiver.spans.filter((it) => it.parentSpanId === '');
      expect(roots.map((it) => it.name)).toEqual(['command PlaceOrder']);
    });

    it('`startTelemetry()` with SDK 3.x sends Zipkin what Zipkin takes', async () => {
      const endpoint = `${receiver.url}/api/v2/spans`;
      const { exporters } = await started({ exporter: { type: 'zipkin', endpoint } });
      expect(exporters).toMatchObject([{ exporter: 'zipkin', failed: 0, pending: 0 }]);
      const spans = receiver.requests.flatMap((it) => JSON.parse(String(it.body)) as object[]);
      expect(spans).toContainEqual(expect.objectContaining({ name: 'command PlaceOrder' }));
    });

    it('`startTelemetry()` with SDK 3.x loses its spans, and no time, to a collector that hangs', async () => {
      receiver.answer = () => undefined;
      const exporter = { type: 'otlp', endpoint: receiver.url, timeoutMs: 60_000 };
      const env = { TELEMETRY: JSON.stringify({ exporter, shutdownTimeoutMs: 300 }) };
      const script = { node, args: ['src/started.mjs'], env };
      const { code, stdout, stderr } = await application().runScript(script);
      expect(code).toBe(0);
      expect(stderr).toContain('telemetry shutdown did not end within 300 ms');
      expect(JSON.parse(stdout)).toMatchObject({
        state: 'stopped',
        exporters: [{ exported: 0, pending: 0 }],
      });
    });
  });
});
