import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../../../lib/testing/manual-clock.js';
import { Diagnostics } from '../../../../../lib/tracing/start-up/telemetry-diagnostics.js';
import { ExporterCounts } from '../../../../../lib/tracing/start-up/exporters/exporter-counts.js';
import { GuardedExporter } from '../../../../../lib/tracing/start-up/exporters/guarded-exporter.js';
import type { ExportEvent } from '../../../../../lib/tracing/start-up/telemetry.js';
import type { FinishedSpan } from '../../../../../lib/tracing/start-up/sdk/trace-sdk.js';

type Callback = Parameters<SpanExporter['export']>[1];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function guard() {
  const answers: Callback[] = [];
  const events: ExportEvent[] = [];
  const warnings: string[] = [];
  const clock = new ManualClock();
  const exporter: SpanExporter = {
    export: (_spans, callback) => void answers.push(callback),
    shutdown: async () => {},
  };
  const counts = new ExporterCounts('test', new Set([(it: ExportEvent) => events.push(it)]));
  const diagnostics = new Diagnostics(clock, (it) => warnings.push(it));
  const guarded = new GuardedExporter(exporter, { counts, clock, diagnostics, timeoutMs: 1000 });
  const results: number[] = [];
  const send = (spans: number) => {
    for (let span = 0; span < spans; span++) counts.accepted();
    const batch = Array.from({ length: spans }, () => ({}) as FinishedSpan);
    guarded.export(batch, (it) => results.push(it.code));
  };
  return { answers, events, warnings, clock, exporter, counts, guarded, results, send };
}

describe('a guarded exporter', () => {
  it('A guarded exporter counts and tells what was taken, with its duration', () => {
    const { send, answers, clock, counts, events, results } = guard();
    send(3);
    expect(counts.read()).toMatchObject({ accepted: 3, pending: 3 });
    clock.advance(250);
    answers[0]?.({ code: 0 });
    expect(counts.read()).toMatchObject({ exported: 3, failed: 0, pending: 0 });
    expect(events).toEqual([
      { exporter: 'test', outcome: 'success', spans: 3, durationSeconds: 0.25 },
    ]);
    expect(results).toEqual([0]);
  });

  it('A guarded exporter gives up what is not answered, and heeds no late answer', () => {
    const { send, answers, counts, results, warnings } = guard();
    send(2);
    vi.advanceTimersByTime(1000);
    answers[0]?.({ code: 0 });
    expect(counts.read()).toMatchObject({ exported: 0, failed: 2, pending: 0 });
    expect(results).toEqual([1]);
    expect(warnings[0]).toContain('no answer within 1000 ms');
  });

  it('A guarded exporter counts an answer once, however often it comes', () => {
    const { send, answers, counts } = guard();
    send(2);
    answers[0]?.({ code: 0 });
    answers[0]?.({ code: 1 });
    expect(counts.read()).toMatchObject({ exported: 2, failed: 0 });
  });

  it('A guarded exporter counts an exporter that throws as failed', () => {
    const { send, exporter, counts, warnings } = guard();
    exporter.export = () => {
      throw new TypeError('broken');
    };
    expect(() => send(1)).not.toThrow();
    expect(counts.read()).toMatchObject({ failed: 1, pending: 0 });
    expect(warnings[0]).toContain('TypeError: broken');
  });

  it('A guarded exporter has no more than 30 exports under way that are not answered', () => {
    const { send, answers, counts, warnings } = guard();
    for (let i = 0; i < 30; i++) send(1);
    vi.advanceTimersByTime(1000);
    send(5);
    expect(answers).toHaveLength(30);
    expect(counts.read()).toMatchObject({ failed: 35, pending: 0 });
    expect(warnings).toHaveLength(1);
    answers[0]?.({ code: 1 });
    send(1);
    expect(answers).toHaveLength(31);
  });

  it('A guarded exporter is idle when nothing is under way', async () => {
    const { send, answers, guarded } = guard();
    await guarded.idle();
    send(1);
    send(1);
    let isIdle = false;
    const idle = guarded.idle().then(() => (isIdle = true));
    answers[0]?.({ code: 0 });
    await Promise.resolve();
    expect(isIdle).toBe(false);
    answers[1]?.({ code: 0 });
    await idle;
  });

  it('A guarded exporter is told to give up by the shutdown', () => {
    const { send, guarded, counts, results } = guard();
    send(4);
    guarded.abandon();
    expect(counts.read()).toMatchObject({ failed: 4, pending: 0 });
    expect(results).toEqual([1]);
  });

  it('A guarded exporter survives a listener that throws', () => {
    const counts = new ExporterCounts(
      'test',
      new Set([
        () => {
          throw new Error('listener');
        },
      ]),
    );
    counts.accepted();
    counts.started(1);
    expect(() => counts.ended('success', 1, 0)).not.toThrow();
    expect(counts.read()).toMatchObject({ exported: 1 });
  });
});
