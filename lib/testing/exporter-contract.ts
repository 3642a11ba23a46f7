import assert from 'node:assert/strict';
import { type ExporterHarness, ExporterTrial } from './exporter-trial.js';

/** Options of {@link exporterContract}. */
export interface ExporterContractOptions {
  /** Creates an exporter and its target. Called once per case. */
  create(): ExporterHarness | Promise<ExporterHarness>;
  /** States that the target cannot have, each with a reason: `{ hanging: 'UDP has no answers' }`. @defaultValue none */
  readonly without?: Partial<Record<'refusing' | 'hanging', string>>;
}

/** One contract case, for any test runner. */
export interface ContractCase {
  /** Title: a sentence in the present tense. */
  readonly title: string;
  /** Reason for skipping the case, if it does not apply. */
  readonly skip: string | undefined;
  /** Runs the case. Rejects with an `AssertionError` when it fails. */
  run(): Promise<void>;
}

/**
 * Returns the contract of push exporters as cases for any test runner.
 *
 * @example
 * ```ts
 * import type { MetricsExporter } from '@eventcore/nestjs-observability/metrics';
 * import { exporterContract } from '@eventcore/nestjs-observability/testing';
 *
 * declare const it: (title: string, run: () => Promise<void>) => void;
 * declare const inMemory: () => { exporter: MetricsExporter; counted: () => number };
 *
 * const cases = exporterContract({
 *   create: () => ({ ...inMemory(), target: () => undefined }),
 *   without: { refusing: 'memory takes everything', hanging: 'memory answers at once' },
 * });
 * for (const { title, skip, run } of cases) if (skip === undefined) it(title, run);
 * ```
 */
export function exporterContract({
  create,
  without = {},
}: ExporterContractOptions): readonly ContractCase[] {
  return contract.map(({ title, needs, check }) => ({
    title,
    skip: needs && without[needs],
    run: async () => {
      const harness = await create();
      const trial = await ExporterTrial.open(harness);
      try {
        await check(trial);
      } finally {
        await trial.exporter.close?.();
        await harness.close?.();
      }
    },
  }));
}

const BOUND_MS = 2_000;

interface ContractRule {
  readonly title: string;
  readonly needs?: 'refusing' | 'hanging';
  check(trial: ExporterTrial): Promise<void>;
}

const contract: readonly ContractRule[] = [
  {
    title: 'has a name that is a label value, and times above 0',
    check: async ({ harness, exporter }) => {
      assert.match(harness.exporter.name, /^[a-z0-9_]{1,64}$/);
      assert(exporter.intervalMs > 0 && exporter.timeoutMs > 0);
    },
  },
  {
    title: 'delivers a counter whatever else is in the snapshot',
    check: async (trial) => {
      trial.count(3);
      await trial.export();
      await trial.assertCounted(3);
    },
  },
  {
    title: 'delivers nothing twice',
    check: async (trial) => {
      trial.count(3);
      await trial.export();
      trial.count(2);
      await trial.export();
      await trial.export();
      await trial.assertCounted(5);
    },
  },
  {
    title: 'leaves the snapshot as it is',
    check: async (trial) => {
      trial.count(3);
      const snapshot = trial.registry.snapshot();
      const before = JSON.stringify(snapshot);
      await trial.exporter.export(snapshot, new AbortController().signal);
      assert.equal(JSON.stringify(snapshot), before);
    },
  },
  {
    title: 'takes a snapshot without metrics',
    check: async ({ exporter }) => {
      const empty = { takenAtMs: 0, metrics: [] };
      await exporter.export(empty, new AbortController().signal);
    },
  },
  {
    title: 'fails when the target refuses, and loses nothing by it',
    needs: 'refusing',
    check: async (trial) => {
      trial.count(3);
      await trial.export();
      await trial.harness.target('refusing');
      trial.count(4);
      await assert.rejects(trial.export());
      trial.count(5);
      await assert.rejects(trial.export());
      await trial.harness.target('taking');
      await trial.export();
      await trial.assertCounted(12);
    },
  },
  {
    title: 'ends when it is aborted, and goes on when the target is back',
    needs: 'hanging',
    check: async (trial) => {
      await trial.harness.target('hanging');
      trial.count(3);
      await abortedExport(trial);
      await trial.harness.target('taking');
      trial.count(1);
      await trial.export();
      await trial.assertCounted(4);
    },
  },
  {
    title: 'begins nothing when it is aborted already',
    check: async (trial) => {
      trial.count(3);
      await assert.rejects(trial.export(AbortSignal.abort(new Error('too late'))));
      await trial.export();
      await trial.assertCounted(3);
    },
  },
];

async function abortedExport(trial: ExporterTrial): Promise<void> {
  const abort = new AbortController();
  const exporting = trial.export(abort.signal);
  // Allows enough time for a connection.
  setTimeout(() => abort.abort(new Error('given up')), 100);
  const startedMs = performance.now();
  await assert.rejects(exporting);
  const tookMs = performance.now() - startedMs;
  assert(tookMs < BOUND_MS, `it ended ${Math.round(tookMs)} ms after it began`);
}
