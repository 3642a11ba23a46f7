import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';

const prometheus = systemProgram('prometheus');
const promtool = systemProgram('promtool');
const COMMANDS = ['CancelOrder', 'PayOrder', 'PlaceOrder', 'ShipOrder'];

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

// Needs Debian's prometheus.
describe.skipIf(prometheus === undefined || promtool === undefined)(
  'Prometheus on the shop',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'shop-prometheus-'));
    let shop: RunningShop;
    let server: ChildProcess;
    let api: string;

    beforeAll(async () => {
      shop = await RunningShop.start({ TRAFFIC: '60', FAULT_RATE: '0.1' });
      const config = join(folder, 'prometheus.yml');
      writeFileSync(config, scrapeConfig(new URL(shop.url).host));
      const port = await freePort();
      server = spawn(
        prometheus as string,
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=error',
        ],
        { stdio: 'ignore' },
      );
      api = `http://127.0.0.1:${port}/api/v1/query`;
    }, 120_000);

    afterAll(async () => {
      server?.kill('SIGTERM');
      await (server && once(server, 'exit'));
      await shop?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('Prometheus on the shop answers the error ratio per command, without on() or sum()', async () => {
      const ratios = await answerPerCommand(
        'rate(eventcore_command_errors_total[1m]) / rate(eventcore_commands_total[1m])',
      );
      // Prometheus extrapolates each side by itself: of a rare command the ratio of rates may be above 1.
      for (const ratio of ratios.values()) expect(ratio).toBeGreaterThanOrEqual(0);
      const sinceStart = await answerPerCommand(
        'eventcore_command_errors_total / eventcore_commands_total',
      );
      for (const ratio of sinceStart.values()) {
        expect(ratio).toBeGreaterThanOrEqual(0);
        expect(ratio).toBeLessThanOrEqual(1);
      }
    });

    it('Prometheus on the shop answers the 95th percentile per command and outcome', async () => {
      const seconds = await answerPerCommand(
        'histogram_quantile(0.95, rate(eventcore_command_duration_seconds_bucket{outcome="success"}[1m]))',
      );
      for (const p95 of seconds.values()) {
        expect(p95).toBeGreaterThan(0);
        // The last bucket ends there, also for what takes longer on a busy machine.
        expect(p95).toBeLessThanOrEqual(10);
      }
    });

    it('Prometheus on the shop finds succeeded + rejected + failed = finished in every scrape', async () => {
      const difference = await query(
        'max_over_time((eventcore_commands_total - eventcore_commands_succeeded_total' +
          ' - eventcore_commands_rejected_total - eventcore_command_errors_total)[5m:1s])',
      );
      expect(difference.map(commandOf).toSorted()).toEqual(COMMANDS);
      expect(difference.map(valueOf)).toEqual([0, 0, 0, 0]);
    });

    it('Prometheus on the shop sees the retries after version conflicts as attempts', async () => {
      const [retries] = await poll(
        async () =>
          some(await query('eventcore_command_retries_total{command_type="PayOrder"} > 0')),
        { what: 'a retry', timeoutMs: 60_000 },
      );
      expect(retries?.metric['error_type']).toBe('ExpectedVersionConflictError');
    });

    it('Prometheus on the shop has nothing for promtool to complain about', async () => {
      const metrics = await shop.metrics();
      const output = execFileSync(promtool as string, ['check', 'metrics'], { input: metrics });
      expect(output.toString()).toBe('');
    });

    /** Values by command, once Prometheus has a number for every command. */
    async function answerPerCommand(expression: string): Promise<Map<string, number>> {
      return poll(
        async () => {
          const samples = (await query(expression)).filter((it) => !Number.isNaN(valueOf(it)));
          const byCommand = new Map(samples.map((it) => [commandOf(it), valueOf(it)]));
          return COMMANDS.every((it) => byCommand.has(it)) ? byCommand : undefined;
        },
        { what: expression, timeoutMs: 60_000 },
      );
    }

    async function query(expression: string): Promise<Sample[]> {
      const response = await fetch(`${api}?query=${encodeURIComponent(expression)}`);
      const { data } = (await response.json()) as { data: { result: Sample[] } };
      return data.result;
    }
  },
  150_000,
);

const commandOf = ({ metric }: Sample) => metric['command_type'] ?? '';
const valueOf = ({ value }: Sample) => Number(value[1]);
const some = <T>(items: readonly T[]) => (items.length > 0 ? items : undefined);

function scrapeConfig(target: string): string {
  return `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ['${target}'] }]
`;
}
