import { StateChanges } from '../../../../lib/kernel/state-changes.js';
import { describe, expect, it } from 'vitest';
import { CircuitBreakerMetrics } from '../../../../lib/resources/circuit-breakers/circuit-breaker-metrics.js';
import type {
  CircuitBreakerListener,
  CircuitBreakerSource,
} from '../../../../lib/resources/circuit-breakers/circuit-breaker-source.js';
import { makeRegistry } from '../../metrics/registry-of-test.js';

type State = ReturnType<CircuitBreakerSource['state']>;

function breaker({ listens = true }: { listens?: boolean } = {}) {
  const { registry, faults, refused } = makeRegistry();
  const metrics = new CircuitBreakerMetrics(
    { registry, faults, changes: new StateChanges() },
    { namespace: 'eventcore' },
  );
  const now: { state: State | Error; listener?: CircuitBreakerListener; ended: number } = {
    state: 'closed',
    ended: 0,
  };
  const state = () => {
    if (now.state instanceof Error) throw now.state;
    return now.state;
  };
  const listen = (listener: CircuitBreakerListener) => {
    now.listener = listener;
    return () => {
      throw new Error('cannot stop');
    };
  };
  const source: CircuitBreakerSource = { state, ...(listens && { listen }) };
  const publish = () => metrics.publish({ name: 'b', source, ended: () => now.ended++ });
  const read = () =>
    Object.fromEntries(
      registry
        .snapshot()
        .metrics.flatMap(({ definition, blocks }) =>
          blocks.flatMap(({ labelSets, values }) =>
            labelSets.map((labels, i) => [
              [definition.name.slice('eventcore_circuit_breaker_'.length), ...labels.slice(1)].join(
                ' ',
              ),
              values[i],
            ]),
          ),
        ),
    );
  return { now, publish, read, refused };
}

const zeros = {
  'transitions_total closed': 0,
  'transitions_total half_open': 0,
  'transitions_total open': 0,
  rejections_total: 0,
};

describe('a circuit breaker', () => {
  it('A circuit breaker that was open when it was registered has made no transition', () => {
    const { now, publish, read } = breaker();
    now.state = 'open';
    publish();
    expect(read()).toEqual({ ...zeros, state: 1 });
  });

  it('A circuit breaker counts a transition once, whether it is told of it or sees it first', () => {
    const { now, publish, read } = breaker();
    publish();
    now.state = 'open';
    expect(read()).toEqual({ ...zeros, state: 1, 'transitions_total open': 1 });
    now.listener?.moved('open');
    expect(read()).toEqual({ ...zeros, state: 1, 'transitions_total open': 1 });
    now.listener?.moved('half_open');
    now.listener?.moved('open');
    expect(read()).toEqual({
      ...zeros,
      state: 1,
      'transitions_total open': 2,
      'transitions_total half_open': 1,
    });
  });

  it('A circuit breaker without events makes the transitions that readings see', () => {
    const { now, publish, read } = breaker({ listens: false });
    publish();
    now.state = 'half_open';
    expect(read()).toEqual({ ...zeros, state: 0.5, 'transitions_total half_open': 1 });
    expect(read()).toEqual({ ...zeros, state: 0.5, 'transitions_total half_open': 1 });
  });

  it('A circuit breaker whose state cannot be read has no state, and that is counted', () => {
    const { now, publish, read, refused } = breaker();
    publish();
    now.state = new Error('broken');
    expect(read()).toEqual(zeros);
    expect(refused).toEqual(['circuit_breaker']);
    now.state = 'ajar' as never;
    expect(read()).toEqual(zeros);
    expect(refused).toEqual(['circuit_breaker', 'circuit_breaker']);
    now.state = undefined;
    expect(read()).toEqual(zeros);
    now.state = 'closed';
    expect(read()).toEqual({ ...zeros, state: 0 });
  });

  it('A circuit breaker whose state is not known yet makes a transition when it tells of one', () => {
    const { now, publish, read } = breaker();
    now.state = undefined;
    publish();
    now.listener?.moved('open');
    now.state = 'open';
    expect(read()).toEqual({ ...zeros, state: 1, 'transitions_total open': 1 });
  });

  it('A circuit breaker never hears of a fault of its listener', () => {
    const { now, publish, refused } = breaker();
    publish();
    expect(() => now.listener?.moved('ajar' as never)).not.toThrow();
    expect(refused).toEqual(['circuit_breaker']);
  });

  it('A circuit breaker that is over has no series, and is not heard any more', () => {
    const { now, publish, read, refused } = breaker();
    publish();
    now.listener?.ended();
    now.listener?.ended();
    expect(now.ended).toBe(1);
    expect(read()).toEqual({});
    now.listener?.moved('open');
    now.listener?.rejected();
    expect(read()).toEqual({});
    // It could not be told to stop.
    expect(refused).toEqual(['circuit_breaker']);
  });

  it('A circuit breaker that is over before it begins is never published', () => {
    const { now, publish, read } = breaker();
    now.state = 'ended';
    publish()();
    expect(now).toMatchObject({ ended: 1 });
    expect(now.listener).toBeUndefined();
    expect(read()).toEqual({});
  });
});
