import { describe, expect, it } from 'vitest';
import { adviceOf } from '../../../lib/kernel/errors/fault-classification.js';
import { Faults } from '../../../lib/kernel/faults.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

function connected() {
  const clock = new ManualClock();
  const faults = new Faults(clock);
  const counted: string[] = [];
  const logged: string[] = [];
  faults.connect({ count: (it) => counted.push(it), log: (it) => logged.push(it) });
  return { clock, faults, counted, logged };
}

describe('a fault of the library', () => {
  it('A fault of the library is counted every time and logged at most once a minute per component', () => {
    const { clock, faults, counted, logged } = connected();
    faults.report('labels', new Error('one'));
    faults.report('labels', new Error('two'));
    faults.report('events', new Error('three'));
    clock.advance(59_999);
    faults.report('labels', new Error('four'));
    clock.advance(1);
    faults.report('labels', new Error('five'));
    expect(counted).toEqual(['labels', 'labels', 'events', 'labels', 'labels']);
    expect(logged).toEqual([
      `labels: Error: one. ${adviceOf('OBS_LABELS_INVALID')} (next report in a minute)`,
      `events: Error: three. ${adviceOf('OBS_HOOK_FAILED')} (next report in a minute)`,
      `labels: Error: five. ${adviceOf('OBS_LABELS_INVALID')} (next report in a minute)`,
    ]);
  });

  it('A fault of the library is described without the value when what was thrown is no error', () => {
    const { faults, logged } = connected();
    faults.report('labels', 'card 4111');
    expect(logged).toEqual([
      `labels: a thrown string. ${adviceOf('OBS_LABELS_INVALID')} (next report in a minute)`,
    ]);
  });

  it('A fault that occurs while a fault is counted does not report itself without end', () => {
    const faults = new Faults(new ManualClock());
    const counted: string[] = [];
    faults.connect({
      count: (it) => {
        counted.push(it);
        faults.report('sink', new Error('in turn'));
      },
      log: () => undefined,
    });
    faults.report('labels', new Error('one'));
    faults.report('labels', new Error('two'));
    expect(counted).toEqual(['labels', 'labels']);
  });

  it('A fault is logged once when the clock fails', () => {
    const faults = new Faults({
      monotonicMs: () => Promise.reject(new Error('late')) as never,
      wallMs: () => 'soon' as never,
    });
    const logged: string[] = [];
    faults.connect({ count: () => undefined, log: (it) => logged.push(it) });
    faults.report('labels', new Error('one'));
    faults.report('labels', new Error('two'));
    expect(logged).toHaveLength(1);
  });

  it('A fault of the library is dropped before a sink is connected', () => {
    expect(() => new Faults(new ManualClock()).report('labels', new Error())).not.toThrow();
  });

  it('A fault of the library stays inside when the sink or the error throws', () => {
    const faults = new Faults(new ManualClock());
    faults.connect({
      count: () => {
        throw new Error('sink');
      },
      log: () => undefined,
    });
    expect(() => faults.report('labels', new Error())).not.toThrow();
    const { faults: others, counted } = connected();
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'message', {
      get: () => {
        throw new Error('getter');
      },
    });
    expect(() => others.report('labels', hostile)).not.toThrow();
    expect(counted).toEqual(['labels']);
  });
});
