import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../kernel/files/made-folder.js';
import { LabelSet } from '../../query/label-set.js';
import { Slices } from '../slices.js';
import type { StoredSilence } from '../notifications/alert-silences.js';
import type { ToldGroup } from '../notifications/notification-log.js';
import type { AlertInstance } from './alert-instances.js';
import type { SavedSeries } from './rule-series.js';

/** State that an engine hands to its next process. */
export interface EngineContent {
  /** Alerts by group and name of their rule. */
  readonly alerts: readonly (readonly [rule: string, readonly AlertInstance[]])[];
  readonly told: readonly (readonly [group: string, ToldGroup])[];
  readonly silences: readonly StoredSilence[];
  /** Recorded series and `ALERTS` of the last moments. */
  readonly series: Iterable<SavedSeries>;
}

/** State of an engine that survives its process. */
export interface EngineState extends EngineContent {
  readonly savedAtMs: number;
  readonly series: readonly SavedSeries[];
}

const VERSION = 2;
const PIECE_LENGTH = 65_536;

/** Returns the text of a content in pieces, made in slices: thousands of alerts would stop the event loop. */
export async function contentTexts(content: EngineContent): Promise<readonly string[]> {
  const slices = new Slices();
  const pieces: string[] = [];
  let piece = '';
  for (const text of textsOf(content)) {
    piece += text;
    if (piece.length > PIECE_LENGTH) {
      pieces.push(piece);
      piece = '';
    }
    if (slices.isOver) await slices.pause();
  }
  return [...pieces, piece];
}

function* textsOf({ alerts, told, silences, series }: EngineContent): Generator<string, void> {
  const json = (it: unknown) => JSON.stringify(it);
  yield '"alerts":';
  yield* listTexts(alerts, function* ([rule, all]) {
    yield `[${json(rule)},`;
    yield* listTexts(all, (it) => [instanceText(it)]);
    yield ']';
  });
  yield ',"told":';
  yield* listTexts(told, (it) => [json(it)]);
  yield `,"silences":${json(silences)},"series":`;
  yield* listTexts(series, (it) => [json(it)]);
}

function* listTexts<T>(items: Iterable<T>, textsOf: (it: T) => Iterable<string>) {
  let before = '[';
  for (const it of items) {
    yield before;
    yield* textsOf(it);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

/** Returns the text of a state in pieces. */
export function stateTexts(savedAtMs: number, content: readonly string[]): readonly string[] {
  return [`{"version":${VERSION},"savedAtMs":${savedAtMs},`, ...content, '}'];
}

/** Writes a state; the file is complete or as it was. */
export async function saveState(path: string, texts: readonly string[]): Promise<void> {
  const partial = `${path}.${process.pid}.tmp`;
  await makeFolder(dirname(path));
  await writeFile(partial, texts, { mode: 0o600 });
  await rename(partial, path);
}

function instanceText(it: AlertInstance): string {
  const { labels, of, value } = it;
  return JSON.stringify({
    ...it,
    labels: labels.toJSON(),
    of: of.toJSON(),
    value: String(value),
  });
}

/** Reads the text of a state; `undefined` for a file that is missing. */
export async function loadState(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Returns the state of a text; `undefined` for one of another version. */
export function stateOf(text: string): EngineState | undefined {
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
