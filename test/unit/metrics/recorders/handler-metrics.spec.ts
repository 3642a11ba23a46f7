import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorDescription } from '../../../../lib/kernel/errors/error-description.js';
import type { HandlerKind } from '../../../../lib/kernel/handler-kind.js';
import { ErrorMetrics } from '../../../../lib/metrics/recorders/error-metrics.js';
import { HandlerMetrics } from '../../../../lib/metrics/recorders/handler-metrics.js';
import { handlerKinds } from '../../../../lib/kinds/handler-kinds.js';
import { makeRegistry } from '../registry-of-test.js';
import { commandKind } from '../../../../lib/kinds/command.decorator.js';
import { projectionKind } from '../../../../lib/kinds/projection.decorator.js';

const naming = { namespace: 'eventcore' };
const error: ErrorDescription = { type: 'Timeout', category: 'transient' };

function handlersOf(seriesLimit = 1000) {
  const parts = makeRegistry(seriesLimit);
  const errors = new ErrorMetrics(parts.registry, parts.clock, naming);
  const handlers = new HandlerMetrics(
    { registry: parts.registry, errors, naming, clock: parts.clock },
    handlerKinds,
  );
  const bind = (kind: HandlerKind, name: string) => handlers.bind({ kind, name, labels: {} });
  /** Values by label values; of a histogram the number of observations. */
  const read = (metric: string): Record<string, number> => {
    const found = parts.registry
      .snapshot()
      .metrics.find(({ definition }) => definition.name === metric);
    return Object.fromEntries(
      (found?.blocks ?? []).flatMap(({ labelSets, values, stride, bounds }) =>
        labelSets.map((labels, i) => {
          const numbers = [...values.slice(i * stride, (i + 1) * stride)];
          const count = numbers.slice(0, bounds.length + 1).reduce((sum, it) => sum + it, 0);
          return [labels.join('|'), count];
        }),
      ),
    );
  };
  return { ...parts, handlers, bind, read };
}

describe('a command that is known', () => {
  it('A command that is known has its counters at 0, and its histograms begin with their first value', () => {
    const { bind, read } = handlersOf();
    const command = bind(commandKind, 'PlaceOrder');
    for (const metric of [
      'eventcore_commands_total',
      'eventcore_commands_succeeded_total',
      'eventcore_commands_rejected_total',
      'eventcore_command_errors_total',
      'eventcore_commands_concurrent',
    ])
      expect(read(metric), metric).toEqual({ PlaceOrder: 0 });
    for (const metric of [
      'eventcore_command_attempts',
      'eventcore_command_events',
      'eventcore_command_duration_seconds',
    ])
      expect(read(metric), metric).toEqual({});
    command.started();
    command.failed(0.1, 1, error);
    expect(read('eventcore_command_attempts')).toEqual({ PlaceOrder: 1 });
    expect(read('eventcore_command_events')).toEqual({});
    expect(read('eventcore_command_duration_seconds')).toEqual({ 'PlaceOrder|failure': 1 });
  });

  it('A command that is known counts each call in the metrics of its outcome', () => {
    const { bind, read, handlers } = handlersOf();
    const command = bind(commandKind, 'PlaceOrder');
    for (let i = 0; i < 6; i++) command.started();
    command.succeeded(0.1, 1, 2);
    command.rejected(0.1, 2, error);
    command.failed(0.1, 3, error);
    command.retried(error);
    command.abandoned();
    expect(read('eventcore_commands_total')).toEqual({ PlaceOrder: 3 });
    expect(read('eventcore_commands_succeeded_total')).toEqual({ PlaceOrder: 1 });
    expect(read('eventcore_commands_rejected_total')).toEqual({ PlaceOrder: 1 });
    expect(read('eventcore_command_errors_total')).toEqual({ PlaceOrder: 1 });
    expect(read('eventcore_command_attempts')).toEqual({ PlaceOrder: 3 });
    expect(read('eventcore_command_events')).toEqual({ PlaceOrder: 1 });
    expect(read('eventcore_command_retries_total')).toEqual({ 'PlaceOrder|Timeout': 1 });
    expect(read('eventcore_errors_total')).toEqual({ 'command|Timeout|transient': 1 });
    expect(read('eventcore_error_rate_ratio')).toMatchObject({ command: 1 / 3 });
    expect(handlers.of(commandKind).executing).toBe(2);
  });
});

describe('a projection', () => {
  it('A projection counts a rejection as a failure: it has no caller to say no to', () => {
    const { bind, read } = handlersOf();
    const projection = bind(projectionKind, 'Revenue');
    projection.started();
    projection.rejected(0.1, 1, error);
    expect(read('eventcore_projection_errors_total')).toEqual({ Revenue: 1 });
    expect(read('eventcore_projection_duration_seconds')).toEqual({ 'Revenue|failure': 1 });
  });

  it('A projection is one that this process runs only when a handler is bound', () => {
    const { bind, handlers, read } = handlersOf();
    handlers.of(projectionKind).recorder('ByHand').skipped(3);
    expect(read('eventcore_projections_active')).toEqual({ '': 0 });
    bind(projectionKind, 'Revenue');
    bind(projectionKind, 'Revenue');
    expect(read('eventcore_projections_active')).toEqual({ '': 1 });
    expect(read('eventcore_projection_events_skipped_total')).toEqual({ ByHand: 3, Revenue: 0 });
  });
});

type End = 'succeeded' | 'rejected' | 'failed';
const call = fc.record({
  name: fc.nat(12).map((it) => `Command${it}`),
  end: fc.constantFrom<End>('succeeded', 'rejected', 'failed'),
});

describe('the metrics of one command', () => {
  it('The metrics of one command agree, whatever is called and however low the series limit is', () => {
    fc.assert(
      fc.property(
        fc.array(call, { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (calls, limit) => {
          const { bind, read } = handlersOf(limit);
          for (const { name, end } of calls) {
            const command = bind(commandKind, name);
            command.started();
            command[end](0.01, 1, error as never);
          }
          const total = read('eventcore_commands_total');
          const succeeded = read('eventcore_commands_succeeded_total');
          const rejected = read('eventcore_commands_rejected_total');
          const failed = read('eventcore_command_errors_total');
          const seconds = read('eventcore_command_duration_seconds');
          expect(Object.values(total).reduce((sum, it) => sum + it, 0)).toBe(calls.length);
          expect(read('eventcore_command_attempts')).toEqual(total);
          for (const [name, finished] of Object.entries(total)) {
            const parts = [succeeded, rejected, failed].map((it) => it[name] ?? Number.NaN);
            expect(parts.reduce((sum, it) => sum + it, 0)).toBe(finished);
            if (name === '__other__') continue;
            const outcomes = ['success', 'rejected', 'failure'].map(
              (it) => seconds[`${name}|${it}`] ?? 0,
            );
            expect(outcomes).toEqual(parts);
          }
          expect(Object.values(read('eventcore_commands_concurrent')).every((it) => it === 0)).toBe(
            true,
          );
          for (const series of [total, succeeded, rejected, failed, seconds])
            expect(Object.keys(series).length).toBeLessThanOrEqual(limit + 1);
        },
      ),
      { numRuns: 200 },
    );
  });
});
