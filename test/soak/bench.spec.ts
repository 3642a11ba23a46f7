import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const BENCH = fileURLToPath(new URL('../../bench/bench.mjs', import.meta.url));
const TIMEOUT_MS = 300_000;

interface BenchResult {
  readonly machine: Record<string, unknown>;
  readonly versions: Record<string, string>;
  readonly cases: Record<string, Record<string, number>>;
  readonly ratios: Record<string, number>;
  readonly otherRatios: Record<string, number>;
}

describe('the benchmark', () => {
  let folder: string;
  let result: BenchResult;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-'));
    const file = join(folder, 'result.json');
    const execute = promisify(execFile);
    await execute(process.execPath, [BENCH, '--smoke', '--json', file], { timeout: TIMEOUT_MS });
    result = JSON.parse(await readFile(file, 'utf8')) as BenchResult;
  }, TIMEOUT_MS);
  afterAll(() => rm(folder, { recursive: true }));

  it('The benchmark compares what the overhead is judged by', () => {
    expect(Object.keys(result.ratios)).toEqual([
      'metrics_vs_prom_client',
      'metrics_vs_otel_metrics',
      'span_no_sdk_vs_peer_stack',
      'span_unsampled_vs_peer_stack',
      'span_recorded_vs_sdk_span',
      'scrape_10k_vs_prom_client',
      'scrape_100k_vs_prom_client',
      'otlp_encode_10k_vs_sdk',
      'http_rps_vs_bare',
      'cpu_share_metrics',
      'cpu_share_unsampled_spans',
    ]);
  });

  it('The benchmark compares requests in processes of their own as well', () => {
    expect(Object.keys(result.otherRatios)).toEqual(
      expect.arrayContaining([
        'http_express_rps_vs_bare_in_own_process',
        'http_fastify_rps_vs_bare_in_own_process',
      ]),
    );
  });

  it('The benchmark has a finite number for every ratio', () => {
    const all = Object.entries({ ...result.ratios, ...result.otherRatios });
    expect(all.filter(([, value]) => !Number.isFinite(value))).toEqual([]);
  });

  it('The benchmark has time and memory of every case', () => {
    const incomplete = Object.entries(result.cases).filter(([, it]) =>
      ['medianNs', 'p25Ns', 'p75Ns', 'bytesPerOp'].some((key) => !Number.isFinite(it[key])),
    );
    expect(incomplete).toEqual([]);
    expect(Object.keys(result.cases)).toEqual(
      expect.arrayContaining([
        'undecorated',
        'decorated, no module',
        '+ metrics',
        'async iterator that fails, + metrics',
        '256 names, + metrics',
        'HTTP on Fastify, ours',
        'start with 1000 handlers, ours',
      ]),
    );
  });

  it('The benchmark names the machine that it ran on', () => {
    expect(result.machine).toMatchObject({ cpu: expect.any(String), cores: expect.any(Number) });
    expect(result.versions).toMatchObject({ node: process.version });
  });
});
