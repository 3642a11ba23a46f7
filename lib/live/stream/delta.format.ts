/**
 * Changes that make a value from the one before. Members that changed have their own changes, elements of lists by index.
 * A list of one holds a new value, an empty one removes the member, and `<` the values that a list gained at its end while
 * it lost as many at its beginning.
 */
export type Delta = { readonly [key: string]: Delta | readonly unknown[] } | readonly unknown[];

/** Returns the changes; `undefined` without any. */
export function deltaOf(before: unknown, after: unknown): Delta | undefined {
  if (Object.is(before, after)) return undefined;
  if (Array.isArray(before) && Array.isArray(after)) return listDelta(before, after);
  if (isRecord(before) && isRecord(after)) return recordDelta(before, after);
  return [after];
}

/** Returns the value after changes; what did not change is the same object. */
export function withDelta(before: unknown, delta: Delta): unknown {
  if (isList(delta)) return delta[0];
  if (Array.isArray(before)) return listWith(before, delta);
  const after: Record<string, unknown> = { ...(before as Record<string, unknown>) };
  for (const [key, it] of Object.entries(delta)) {
    if (isList(it) && it.length === 0) delete after[key];
    else after[key] = withDelta(after[key], it);
  }
  return after;
}

function listWith(
  before: readonly unknown[],
  delta: Exclude<Delta, readonly unknown[]>,
): unknown[] {
  const { '<': gained = [], ...changes } = delta;
  const added = gained as readonly unknown[];
  const after = [...before.slice(added.length), ...added];
  for (const [index, it] of Object.entries(changes)) {
    after[Number(index)] = withDelta(after[Number(index)], it);
  }
  return after;
}

function recordDelta(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Delta | undefined {
  const changes: Record<string, Delta> = {};
  for (const [key, value] of Object.entries(after)) {
    // As JSON has it, a member without a value is none.
    if (value === undefined) continue;
    const delta = deltaOf(before[key], value);
    if (delta !== undefined) changes[key] = delta;
  }
  for (const [key, value] of Object.entries(before)) {
    if (value !== undefined && after[key] === undefined) changes[key] = [];
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

function listDelta(before: readonly unknown[], after: readonly unknown[]): Delta | undefined {
  if (before.length !== after.length) return [after];
  const direct = elementChanges(before, after, 0);
  const shift = shiftOf(before, after);
  if (shift === 0) return Object.keys(direct).length === 0 ? undefined : direct;
  const gained = after.slice(-shift);
  const shifted = [...before.slice(shift), ...gained];
  return { '<': gained, ...elementChanges(shifted, after, 0) };
}

function elementChanges(
  before: readonly unknown[],
  after: readonly unknown[],
  from: number,
): Record<string, Delta> {
  const changes: Record<string, Delta> = {};
  for (let i = from; i < after.length; i++) {
    const delta = deltaOf(before[i], after[i]);
    if (delta !== undefined) changes[i] = delta;
  }
  return changes;
}

const MOST_SHIFTED = 3;
const MIN_LENGTH = 8;

/** Returns by how many places a list of numbers has moved; 0 if it has not. */
function shiftOf(before: readonly unknown[], after: readonly unknown[]): number {
  if (after.length < MIN_LENGTH || !after.every(isPoint) || !before.every(isPoint)) return 0;
  const same = (shift: number) => {
    let count = 0;
    for (let i = 0; i + shift < before.length; i++) if (before[i + shift] === after[i]) count++;
    return count;
  };
  const unmoved = same(0);
  for (let shift = 1; shift <= MOST_SHIFTED; shift++) if (same(shift) > unmoved) return shift;
  return 0;
}

function isPoint(value: unknown): boolean {
  return typeof value === 'number' || value === null;
}

function isList(delta: Delta): delta is readonly unknown[] {
  return Array.isArray(delta);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
