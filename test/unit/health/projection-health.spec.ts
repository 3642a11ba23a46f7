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
