import { readFile } from 'node:fs/promises';
import { alertDefinitions, defaultsOf } from '../../../alerting/alert-definitions.js';
import { type NotedSeries, targetSeries } from '../../../alerts/trial/named-rules.js';
import { errorKind } from '../../../kernel/faults.js';
import { ifMissing, missingPeer } from '../../../kernel/peers/optional-peer.js';
import type { SampleSeries } from '../../../query/series-source.js';
import { durationOf, invalid } from '../../times.js';
import type { ChosenRules } from './chosen-rules.js';

/** Series in the notation of promtool, with the time between two values. */
export interface SeriesInput {
  readonly noted: NotedSeries;
  readonly intervalMs: number;
}

const MINUTE_MS = 60_000;
const FORM =
  'Write {"NAME{label=\\"value\\"}": "0+60x30"}, or interval and input_series as promtool does.';

/**
 * Reads series of a YAML or JSON file: texts by series, or `interval` and `input_series` as in a test of promtool.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` for another content, `OBS_PEER_MISSING` for YAML without its package.
 */
export async function readSeriesFile(path: string): Promise<SeriesInput> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const rule = `cannot be read (${errorKind(error)})`;
    throw invalid('--series', path, [rule, 'Name a file with series.']);
  });
  const value = await parsed(path, text);
  if (!isObject(value)) throw invalid('--series', path, ['has no series', FORM]);
  const tests = value['tests'];
  if (tests === undefined) return inputOf(path, value);
  if (Array.isArray(tests) && tests.length === 1 && isObject(tests[0]))
    return inputOf(path, tests[0]);
  throw invalid('--series', path, ['must have one test', 'Leave one test in the file.']);
}

/** Returns the series in which a shipped alert fires by default, or stays quiet; `undefined` for other alerts. */
export function exampleOf(name: string, kind: 'firing' | 'quiet'): SeriesInput | undefined {
  const alert = alertDefinitions.find((it) => it.name === name);
  const noted = alert?.[kind](defaultsOf(alert));
  return noted && { noted, intervalMs: MINUTE_MS };
}

/** Returns the samples of series from a time on, with the labels of a scrape target. */
export function samplesOf(
  { noted, intervalMs }: SeriesInput,
  { namespace, serviceName: job }: Pick<ChosenRules, 'namespace' | 'serviceName'>,
  startMs: number,
): readonly SampleSeries[] {
  return Object.entries(noted).flatMap(([name, values]) => {
    try {
      return targetSeries({ [name]: values }, { startMs, intervalMs, namespace, job });
    } catch (error) {
      const rule = (error as Error).message;
      throw invalid('--series', { [name]: values }, [rule, 'Correct the series.']);
    }
  });
}

/** Returns the time of the last sample. */
export function endOf(series: readonly SampleSeries[], startMs: number): number {
  return Math.max(
    startMs,
    ...series.flatMap((it) => [it.timesMs.at(-1) ?? 0, ...(it.staleAtMs ?? [])]),
  );
}

async function parsed(path: string, text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    // YAML, then.
  }
  const yaml = await import('yaml').catch((error: unknown) => {
    ifMissing(error, 'yaml');
    throw missingPeer('--series', path, 'yaml');
  });
  try {
    return yaml.parse(text, { prettyErrors: false });
  } catch {
    throw invalid('--series', path, ['is neither JSON nor YAML', FORM]);
  }
}

function inputOf(path: string, value: Readonly<Record<string, unknown>>): SeriesInput {
  const { interval = '1m', input_series: list } = value;
  const entries = Array.isArray(list)
    ? list.map((it) => (isObject(it) ? [it['series'], it['values']] : [undefined, undefined]))
    : Object.entries(value);
  const isWritten = entries.every(
    ([name, values]) => typeof name === 'string' && ['string', 'number'].includes(typeof values),
  );
  if (!isWritten || entries.length === 0) throw invalid('--series', path, ['has no series', FORM]);
  const noted = Object.fromEntries(entries.map(([name, values]) => [name, String(values)]));
  return { noted, intervalMs: durationOf('--series interval', String(interval)) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
