import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningApplication } from './application.js';
import { describeWithLibrary, install } from './installation.js';
import { cleanEnvironment } from './npm.js';

const BUILD_TIMEOUT_MS = 120_000;

const BUNDLES = [
  ['esbuild', 'esm'],
  ['esbuild', 'cjs'],
  ['rolldown', 'esm'],
  ['rolldown', 'cjs'],
  ['webpack', 'esm'],
  ['webpack', 'cjs'],
] as const;

const COUNTED = {
  commands: '{command_type="PlaceOrder",service="compat"} 3',
  commands_rejected: '{command_type="PlaceOrder",service="compat"} 1',
  commands_succeeded: '{command_type="RefundOrder",service="compat"} 1',
  projection_events_processed: '{projection_name="Sales",mode="live",service="compat"} 2',
};

/** An OpenTelemetry collector that keeps what it receives, by path. */
class Collector {
  readonly received = new Map<string, string>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      let text = '';
      request.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        const { url = '' } = request;
        this.received.set(url, (this.received.get(url) ?? '') + text);
        response.end();
      });
    });
  }

  /** Listens on a port of the system's choice. */
  async open(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}

describeWithLibrary('applications in one file', (library) => {
  const application = install('bundled', library);
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'compat-bundles-'));
    expect(application().compile('.')).toBe('');
  });
  afterAll(() => folder && rmSync(folder, { recursive: true, force: true }));

  /** Bundles the application; gives the file in a folder without packages, and the bundler's warnings. */
  async function bundle(...args: readonly [bundler: string, format: string, ...more: string[]]) {
    const [bundler, format, ...more] = args;
    const file = `${[bundler, format, ...more].join('-')}.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const script = ['bundle.mjs', bundler, format, file, ...more];
    const built = { node: process.execPath, args: script, timeoutMs: BUILD_TIMEOUT_MS };
    const { code, stdout, stderr } = await application().runScript(built);
    expect(code, stderr).toBe(0);
    const alone = join(folder, file);
    copyFileSync(application().path(file), alone);
    return { alone, warnings: stdout + stderr };
  }

  function start(file: string, collector: string): RunningApplication {
    const env = { ...cleanEnvironment, PORT: '0', COLLECTOR: collector };
    return new RunningApplication(spawn(process.execPath, [basename(file)], { cwd: folder, env }));
  }

  describe.each(BUNDLES)('by %s as %s', (bundler, format) => {
    it(
      `A bundle of ${bundler} as ${format} counts, serves health, and sends spans and metrics without node_modules`,
      async () => {
        const { alone, warnings } = await bundle(bundler, format);
        expect(warnings).not.toMatch(/createRequire|require\.cache/);
        const collector = new Collector();
        const running = start(alone, await collector.open());
        try {
          await running.listening();
          for (const sku of ['hat', 'cap', '']) await running.post('/orders', { sku });
          await running.post('/refunds', {});

          const page = await (await running.get('/metrics')).text();
          for (const [metric, series] of Object.entries(COUNTED))
            expect(page).toContain(`eventcore_${metric}_total${series}`);
          expect(page).toContain('{projection_name="Wholesale",mode="live",service="compat"} 2');
          // Metrics of prom-client.
          expect(page).toContain('process_cpu_user_seconds_total');
          expect(page).not.toMatch(/observability_errors_total\{[^}]*\} [1-9]/);
          const health = await Promise.all(
            ['/health', '/health/live', '/health/ready'].map(async (it) => running.get(it)),
          );
          expect(health.map((it) => it.status)).toEqual([200, 200, 200]);
          expect(running.errors).toBe('');
          await running.terminate();

          expect(collector.received.get('/v1/traces')).toContain('command PlaceOrder');
          expect(collector.received.get('/v1/traces')).toContain('command RefundOrder');
          expect(collector.received.get('/v1/metrics')).toContain('PlaceOrder');
        } finally {
          collector.close();
          await running.stop();
        }
      },
      BUILD_TIMEOUT_MS,
    );
  });

  it(
    'A minified bundle stops at the start, and names the option of the bundler that keeps names',
    async () => {
      const { alone } = await bundle('esbuild', 'cjs', 'minify');
      const running = start(alone, 'http://127.0.0.1:9');
      await expect(running.listening()).rejects.toThrow(
        /OBS_HANDLER_OPTION[^]*keepNames of esbuild/,
      );
    },
    BUILD_TIMEOUT_MS,
  );
});
