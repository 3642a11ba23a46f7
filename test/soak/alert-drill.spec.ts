import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertDefinitions } from '../../lib/alerting/index.js';
import type { DrillFigures } from '../e2e/alerting/alert-drill.js';
import { PrometheusJudge } from '../e2e/alerting/prometheus-judge.js';
import { systemProgram } from '../system/system-program.js';
import { drilledApplications, WATCHDOG } from './drill/drilled-applications.js';
import { EngineJudge } from './drill/engine-judge.js';
import { WholeDrill } from './drill/whole-drill.js';

const LIMIT_SECONDS = 300;
const programs = ['prometheus', 'prometheus-alertmanager', 'redis-server', 'postgres'];
const [prometheus, alertmanager] = programs.map(systemProgram);
/** `npm run drill -- --engine` does without Prometheus and Alertmanager. */
const judge =
  process.env['DRILL_ENGINE'] === undefined
    ? PrometheusJudge.with({ prometheus: prometheus!, alertmanager: alertmanager! })
    : EngineJudge.start;

const all: readonly string[] = alertDefinitions.map(({ name }) => name);
/** `npm run drill -- NAME...` selects alerts. */
const selected = process.env['DRILL_ALERTS']?.split(',') ?? all;

const secondsOf = (value: number | undefined) => value?.toFixed(1) ?? '–';

function rowOf({ alert, job, ...it }: DrillFigures) {
  return {
    alert,
    job,
    'seconds to firing': secondsOf(it.firingSeconds),
    'notified after': secondsOf(it.notifiedSeconds),
    'seconds to resolved': alert === WATCHDOG ? 'never, as meant' : secondsOf(it.resolvedSeconds),
    notification: it.summary,
  };
}

describe('the drill', () => {
  it('Every alert has one drill', () => {
    const drilled = drilledApplications.flatMap(({ alerts }) => alerts);
    expect([...drilled, WATCHDOG].toSorted()).toEqual(all.toSorted());
  });
});

// Needs Debian's prometheus, prometheus-alertmanager, redis-server and postgresql.
describe.skipIf(programs.map(systemProgram).includes(undefined))(
  'the drill on running applications',
  () => {
    const figures = new Map<string, DrillFigures>();
    let drill: WholeDrill;
    let falseAlarms: readonly string[];
    let tookSeconds: number;

    beforeAll(async () => {
      const beganMs = Date.now();
      drill = await WholeDrill.start(new Set(selected), judge);
      falseAlarms = await drill.falseAlarms();
      for (const it of await drill.run()) figures.set(it.alert, it);
      tookSeconds = (Date.now() - beganMs) / 1_000;
      console.table([...figures.values()].map(rowOf));
      console.log(`${figures.size} alerts in ${tookSeconds.toFixed(0)} seconds`);
    }, 1_200_000);

    afterAll(() => drill?.stop());

    it('No alert fires before the first fault', () => {
      expect(falseAlarms).toEqual([]);
    });

    it.each(selected)('The alert %s fires, is notified, and resolves', (alert) => {
      expect(figures.get(alert)).toMatchObject({
        firingSeconds: expect.any(Number),
        notifiedSeconds: expect.any(Number),
        ...(alert !== WATCHDOG && { resolvedSeconds: expect.any(Number) }),
      });
    });

    it(`The drill takes less than ${LIMIT_SECONDS} seconds`, () => {
      expect(tookSeconds).toBeLessThan(LIMIT_SECONDS);
    });
  },
);
