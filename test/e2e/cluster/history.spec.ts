import { Injectable, Logger } from '@nestjs/common';
import { afterEach, expect, it, vi } from 'vitest';
import { aggregateThreads } from '../../../lib/cluster/index.js';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { serveLivePage } from '../../../lib/live/index.js';
import { history, LabelMatcher, MetricHistory } from '../../../lib/query/index.js';
import { RunningApplication } from '../module/running-application.js';

@Injectable()
class Shop {
  @Command({ name: 'Place' })
  place(): void {}
}

interface Shown {
  readonly head: { readonly service: string };
  readonly commands: readonly { readonly calls: number }[];
}

afterEach(() => {
  vi.restoreAllMocks();
});

it('The aggregator records the history of all members and shows them on one page, and a member records none', async () => {
  const warnings = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  const recorded = new MetricHistory({ intervalMs: 1_000 });
  const aggregator = aggregateThreads({ exporters: [recorded], serviceName: 'shop' });
  const members = await Promise.all(
    [1, 2].map(() =>
      RunningApplication.start({
        imports: [ObservabilityModule.forRoot({ cluster: true, plugins: [history()] })],
        providers: [Shop],
      }),
    ),
  );
  const name = new LabelMatcher('__name__', '=', 'eventcore_commands_total');
  const selection = { matchers: [name], fromMs: 0, toMs: 1e14 };
  try {
    // In a process that is older than its window, the page shows what is counted after the first value that is recorded.
    await expect
      .poll(async () => (await recorded.select(selection)).length, { timeout: 20_000 })
      .toBe(1);
    for (const { app } of members) app.get(Shop).place();
    const page = await serveLivePage(aggregator, recorded, { port: 0, serviceName: 'shop' });
    const shown = async () => {
      const answer = await fetch(`${page.url}/state`);
      const { state } = (await answer.json()) as { state: Shown };
      return [state.head.service, state.commands[0]?.calls];
    };
    await expect.poll(shown, { timeout: 20_000 }).toEqual(['shop', 2]);
    await page.close();
    await aggregator.close();
    const [series] = await recorded.select(selection);
    expect(series?.labels.toJSON()).toMatchObject({ command_type: 'Place', service: 'shop' });
    expect(series?.values.at(-1)).toBe(2);
    for (const { app } of members) {
      expect(await app.get(MetricHistory).select(selection)).toEqual([]);
    }
    const said = warnings.mock.calls.map(([message]) => String(message));
    expect(said.filter((it) => it.includes('The plugin history does nothing'))).toHaveLength(2);
  } finally {
    for (const it of members) await it.close();
  }
});
