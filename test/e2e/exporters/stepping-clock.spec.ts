import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { otlp } from '../../../lib/exporters/otlp/index.js';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { HttpMetricsReceiver } from '../../contract/otlp-metrics/metrics-receiver.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

class Orders {
  @Command('PlaceOrder')
  async place(): Promise<void> {}
}

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const DAY_MS = 86_400_000;

/** Steps of the wall clock before each export. */
const STEPS: readonly (readonly [string, readonly number[]])[] = [
  ['is set back twice', [0, -3_600_000, 0, -DAY_MS, 0]],
  ['steps back by less than a period again and again', [-900, -999, -1, -500, -1_000]],
  ['jumps ahead by a year and back', [0, 365 * DAY_MS, -365 * DAY_MS, 0, 0]],
  ['is set to the year 1970', [0, -57 * 365 * DAY_MS, 0, 0, 0]],
];

describe('the wall clock of an application that exports over OTLP', () => {
  it.each(
    STEPS.flatMap(([what, steps]) => [
      [what, 'delta', steps] as const,
      [what, 'cumulative', steps] as const,
    ]),
  )(
    'While the wall clock %s, intervals of %s points neither overlap nor end at their start',
    async (_, temporality, steps) => {
      const receiver = await HttpMetricsReceiver.open();
      closing.push(() => receiver.close());
      const clock = new ManualClock();
      const endpoint = receiver.url;
      const exporters = [
        otlp({ protocol: 'http/json', endpoint, temporality, intervalMs: 3_600_000 }),
      ];
      const application = await RunningApplication.start({
        imports: [ObservabilityModule.forRoot({ clock, exporters })],
        providers: [Orders],
      });
      closing.push(() => application.close());
      for (const step of steps) {
        clock.setWall(clock.wallMs() + step);
        await application.app.get(Orders).place();
        clock.advance(1_000);
        await application.service.flush();
      }
      const points = receiver.taken.flat();
      const counted = points.filter(
        ({ name, value }) => name === 'eventcore.commands.total' && value > 0,
      );
      const timed = points.filter(
        ({ name, count }) => name === 'eventcore.commands.duration' && count > 0,
      );
      expect(counted.map((it) => it.value)).toEqual(
        steps.map((_, i) => (temporality === 'delta' ? 1 : i + 1)),
      );
      for (const series of [counted, timed]) {
        expect(series).toHaveLength(steps.length);
        series.forEach(({ startNano, endNano }, i) => {
          const before = series[i - 1];
          expect(endNano).toBeGreaterThan(startNano);
          if (before === undefined) return;
          if (temporality === 'delta') expect(startNano).toBeGreaterThanOrEqual(before.endNano);
          else expect([startNano, endNano > before.endNano]).toEqual([before.startNano, true]);
        });
      }
    },
  );
});
