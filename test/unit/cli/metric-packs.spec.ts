import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { boards, type GrafanaDashboard } from '../../../lib/dashboards/index.js';
import { catalogue } from '../../../lib/metrics/index.js';
import { runCommand } from './run-command.js';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const pack = ['--pack', pathOf('./checkout-pack.ts')];
const bad = ['--pack', pathOf('./bad-pack.ts')];

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

describe('metric packs on the command line', () => {
  it('The command metrics reference prints the metrics of a pack as a table', async () => {
    const { code, out } = await runCommand(['metrics', 'reference', ...pack]);
    expect({ code, out }).toEqual({
      code: 0,
      out: `## check-out

| metric | type | labels | meaning |
| --- | --- | --- | --- |
| \`shop_paid_carts_total\` | counter | \`channel\` | Paid carts \\| all channels. |
| \`shop_open_carts\` | gauge (max) |  | Open carts. |
| \`shop_payment_duration_seconds\` | histogram |  | Duration of payments. |
`,
    });
    const { out: json } = await runCommand(['metrics', 'reference', ...pack, '--json']);
    expect(JSON.parse(json)).toMatchObject([{ title: 'check-out', metrics: { length: 3 } }]);
  });

  it('The command metrics reference prints the metrics of the library without a pack', async () => {
    const { out } = await runCommand(['metrics', 'reference', '--namespace', 'my_shop']);
    for (const { title, metrics } of catalogue) {
      expect(out).toContain(`## ${title}\n`);
      for (const { name } of metrics)
        expect(out).toContain(`| \`${name.replace('eventcore', 'my_shop')}\` |`);
    }
    expect(out).not.toContain('`eventcore_');
  });

  it('The command dashboards export adds a board with a row for each pack and a panel for each metric', async () => {
    const { code, out } = await runCommand(['dashboards', 'export', ...pack]);
    expect(code).toBe(0);
    const dashboards = JSON.parse(out) as GrafanaDashboard[];
    expect(dashboards).toHaveLength(boards.length + 1);
    const { uid, panels } = dashboards.at(-1)! as GrafanaDashboard & { panels: readonly Panel[] };
    expect(uid).toBe('eventcore-metric-packs');
    const shown = panels.map(({ title, targets = [] }) => [
      title,
      ...targets.map(({ expr, legendFormat }) => `${legendFormat}: ${expr}`),
    ]);
    const scope = 'job=~"$job", instance=~"$instance"';
    const rate = (name: string) => `rate(${name}{${scope}}[$__rate_interval])`;
    const payment = rate('shop_payment_duration_seconds_bucket');
    expect(shown).toEqual([
      ['Check out'],
      ['Paid carts', `{{channel}}: sum by (channel) (${rate('shop_paid_carts_total')})`],
      ['Open carts', `openCarts: max(shop_open_carts{${scope}})`],
      ['Payment', `payment: histogram_quantile(0.95, sum by (le) (${payment}))`],
    ]);
  });

  it('The command metrics check lints the definitions of a pack', async () => {
    expect(await runCommand(['metrics', 'check', ...pack])).toEqual({ code: 0, out: '', err: '' });
    const { code, out } = await runCommand(['metrics', 'check', ...pack, ...bad]);
    expect(code).toBe(1);
    expect(out.trim().split('\n')).toEqual([
      expect.stringMatching(/bad-pack\.ts OBS_METRIC_INVALID metric shop_ms: use the base unit/),
      expect.stringContaining('the label user_id has unbounded values'),
      expect.stringContaining('a metric has a help text'),
    ]);
  });

  it.each([
    [['metrics', 'reference', ...bad], 'OBS_METRIC_INVALID metric shop_ms'],
    [['dashboards', 'export', '--pack', 'none.js'], 'none.js cannot be loaded (ERR_MODULE'],
    [['metrics', 'check', '--pack', pathOf('./run-command.ts')], 'exports no metric pack'],
    [['metrics', 'check', ...pack, '-'], '--pack and a page exclude each other'],
  ])('The command %j says why it cannot read packs', async (argv, message) => {
    const { code, err } = await runCommand(argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
