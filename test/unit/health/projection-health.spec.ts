import { describe, expect, it } from 'vitest';
import {
  ProjectionHealthIndicator,
  projectionHealth,
  projectionsProbe,
} from '../../../lib/health/projection-health.js';
import type { ProjectionProgress } from '../../../lib/projections/projection-progress.js';

const well: ProjectionProgress = {
  name: 'well',
  state: 'live',
  owned: true,
  lagSeconds: 0,
  stalled: false,
  unreadable: false,
};

describe('the health of projections', () => {
  it('The health of projections is ok when there are none, and when all are well', () => {
    const ok = {
      level: 'ok',
      stalled: [],
      unreadable: [],
      faulted: [],
      beyondEnd: [],
      late: [],
      maxLagSeconds: 0,
    };
    expect(projectionHealth([])).toEqual(ok);
    expect(projectionHealth([well])).toEqual(ok);
  });

  it.each<[string, Partial<ProjectionProgress>]>([
    ['stalled', { stalled: true }],
    ['unreadable', { unreadable: true, lagSeconds: undefined }],
    ['faulted', { state: 'faulted' }],
    ['beyondEnd', { state: 'faulted', beyondEnd: true, lagSeconds: undefined }],
    ['late', { lagSeconds: 300.1 }],
  ])('The health of projections is degraded when one is %s, and names it', (list, what) => {
    const health = projectionHealth([well, { ...well, name: 'ill', ...what }], 300);
    expect(health).toMatchObject({ level: 'degraded', [list]: ['ill'] });
  });

  it.each(['rebuilding', 'paused', 'stopped'] as const)(
    'The health of projections is ok when one that is %s is late',
    (state) => {
      expect(projectionHealth([{ ...well, state, lagSeconds: 9_999 }], 300).level).toBe('ok');
    },
  );

  it('The health check names the errors of sources that do not answer, each once, and since when', () => {
    const of = (name: string, error: string, sinceMs: number): ProjectionProgress => ({
      ...well,
      ...{ name, unreadable: true, lagSeconds: undefined },
      readFailure: { source: 'head', error, sinceMs },
    });
    const failing = [
      of('a', 'Error ECONNREFUSED', 2_000),
      of('b', 'Error ECONNREFUSED', 1_000),
      // Its last progress still holds.
      { ...of('c', 'TypeError', 0), unreadable: false },
      { ...of('d', 'RangeError', 0), owned: false },
    ];
    const { details } = projectionsProbe(new ProjectionHealthIndicator(() => failing)).read();
    expect(details).toEqual({
      max_lag_seconds: 0,
      unreadable: ['a', 'b'],
      read_errors: ['head: Error ECONNREFUSED'],
      unreadable_since: '1970-01-01T00:00:01.000Z',
    });
    expect(Object.keys(projectionHealth(failing).readFailures ?? {})).toEqual(['a', 'b']);
  });

  it('The health of projections is not that of projections that another process owns', () => {
    expect(projectionHealth([{ ...well, owned: false, stalled: true }]).level).toBe('ok');
  });

  it('The health check names the projections whose checkpoint lies beyond the end of the log', () => {
    const ill = { ...well, name: 'ill', state: 'faulted' as const, beyondEnd: true };
    const indicator = new ProjectionHealthIndicator(() => [well, ill]);
    expect(projectionsProbe(indicator).read()).toEqual({
      level: 'degraded',
      details: { faulted: ['ill'], checkpoint_beyond_end: ['ill'], max_lag_seconds: 0 },
    });
  });

  it('The health of projections is told with the names that matter', () => {
    const ill = { ...well, name: 'ill', stalled: true, lagSeconds: 12 };
    const indicator = new ProjectionHealthIndicator(() => [well, ill]);
    expect(projectionsProbe(indicator).read()).toEqual({
      level: 'degraded',
      details: { stalled: ['ill'], max_lag_seconds: 12 },
    });
  });
});
