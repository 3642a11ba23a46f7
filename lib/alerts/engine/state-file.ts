import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../kernel/files/made-folder.js';
import { LabelSet } from '../../query/label-set.js';
import type { StoredSilence } from '../notifications/alert-silences.js';
import type { ToldGroup } from '../notifications/notification-log.js';
import type { AlertInstance } from './alert-instances.js';
import type { SavedSeries } from './rule-series.js';

/** State of an engine that survives its process. */
export interface EngineState {
  readonly savedAtMs: number;
  /** Alerts by group and name of their rule. */
  readonly alerts: readonly (readonly [rule: string, readonly AlertInstance[]])[];
  readonly told: readonly (readonly [group: string, ToldGroup])[];
  readonly silences: readonly StoredSilence[];
  /** Recorded series and `ALERTS` of the last moments. */
  readonly series: readonly SavedSeries[];
}

const VERSION = 2;

/** Writes a state; the file is complete or as it was. */
export async function saveState(path: string, state: EngineState): Promise<void> {
  const alerts = state.alerts.map(([rule, all]) => [
    rule,
    all.map((it) => ({
      ...it,
      labels: it.labels.toJSON(),
      of: it.of.toJSON(),
      value: String(it.value),
    })),
  ]);
  const partial = `${path}.${process.pid}.tmp`;
  await makeFolder(dirname(path));
  await writeFile(partial, JSON.stringify({ version: VERSION, ...state, alerts }), { mode: 0o600 });
  await rename(partial, path);
}

/** Reads a state; `undefined` for a file that is missing or of another version. */
export async function loadState(path: string): Promise<EngineState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const read = JSON.parse(text) as SavedState;
  if (read.version !== VERSION) return undefined;
  const alerts = read.alerts.map(([rule, all]) => [rule, all.map(instanceOf)] as const);
  return { ...read, alerts };
}

interface SavedInstance extends Omit<AlertInstance, 'labels' | 'of' | 'value'> {
  readonly labels: Readonly<Record<string, string>>;
  readonly of: Readonly<Record<string, string>>;
  readonly value: string;
}

interface SavedState extends Omit<EngineState, 'alerts'> {
  readonly version: number;
  readonly alerts: readonly (readonly [string, readonly SavedInstance[]])[];
}

function instanceOf({ labels, of, value, ...it }: SavedInstance): AlertInstance {
  return { ...it, labels: LabelSet.of(labels), of: LabelSet.of(of), value: Number(value) };
}
