import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SeriesSource } from '../../query/series-source.js';
import { Tier } from '../chunks/tier.js';
import type { HistorySettings } from '../history-options.js';
import { StoredSeries } from '../series/stored-series.js';
import { listChunks } from './chunk-directory.js';
import { addFiles } from './history-files.js';

/** Files of a history, of a process that runs or ran. */
export interface StoredHistory {
  readonly source: SeriesSource;
  /** Number of files with samples. */
  readonly files: number;
  /** Number of files that are incomplete or cannot be read. */
  readonly damaged: number;
  /** Times of the first and the last sample: Unix times in milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Options of {@link readStoredHistory}. */
export interface StoredHistoryOptions {
  readonly settings: HistorySettings;
  /** Labels of every series. @defaultValue none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Called for each chunk that cannot be read. */
  report(error: unknown): void;
}

/**
 * Reads the files of a history without a change to them: the process that owns them may run.
 *
 * @throws Error of the system for a directory that cannot be read.
 */
export async function readStoredHistory(
  directory: string,
  { settings, labels = {}, report }: StoredHistoryOptions,
): Promise<StoredHistory> {
  const { files, torn, unreadable } = await listChunks(directory);
  const { intervalMs, rollup, maxBytes } = settings;
  const common = { run: 0, maxOpenBytes: 0, retentionMs: Infinity, accepts: () => true };
  const tiers = [
    new Tier({ ...common, name: 'rollup', everyMs: rollup?.everyMs ?? 60_000 }),
    new Tier({ ...common, name: 'full', everyMs: intervalMs }),
  ];
  for (const it of tiers) addFiles(it, files);
  const read = (name: string) => readFile(join(directory, name));
  return {
    source: new StoredSeries({ tiers, labels, maxBytes, read, report }),
    files: files.length,
    damaged: torn.length + unreadable,
    fromMs: Math.min(...files.map(({ summary }) => summary.fromMs)),
    toMs: Math.max(...files.map(({ summary }) => summary.toMs)),
  };
}
