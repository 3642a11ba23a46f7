import { expect, it } from 'vitest';
import { RepeatedLines } from '../../../lib/logging/limits/repeated-lines.js';
import type { LogLevel } from '../../../lib/logging/log-level.js';
import { LogRecord } from '../../../lib/logging/log-record.js';
import { LogStore } from '../../../lib/logging/log-store.js';

function record(message: string, level: LogLevel = 'error', timeMs = 0, fields = {}): LogRecord {
  return new LogRecord({
    timeMs,
    level,
    target: 'test',
    message,
    fieldsText: JSON.stringify(fields),
  });
}

it('Equal errors are summarised at the end of the window, and other lines pass', () => {
  const due: (() => void)[] = [];
  const timers = { after: (_: number, run: () => void) => (due.push(run), () => undefined) };
  const repeated = new RepeatedLines({ after: 3 }, timers);
  const written: string[] = [];
  const write = (it: LogRecord) => void written.push(it.message);
  for (let i = 0; i < 10; i++) repeated.pass(record('down'), write);
  repeated.pass(record('other'), write);
  for (let i = 0; i < 5; i++) repeated.pass(record('end', 'fatal'), write);
  for (let i = 0; i < 5; i++) repeated.pass(record('fine', 'info'), write);
  due[0]?.();
  expect(written.filter((it) => it === 'down')).toHaveLength(3);
  expect(written.filter((it) => it === 'end')).toHaveLength(5);
  expect(written.filter((it) => it === 'fine')).toHaveLength(5);
  expect(written.at(-1)).toBe('down (repeated 7 times)');
});

it('The store keeps the newest lines within its bounds and finds them by each criterion', () => {
  let nowMs = 1_000;
  const store = new LogStore({ maxLines: 3, maxAgeMs: 500 }, () => nowMs);
  for (const [i, text] of ['a', 'b', 'c', 'd'].entries()) {
    store.write(record(text, i === 3 ? 'warn' : 'info', 900 + i, { order: `o-${i}` }));
  }
  const found = (query: object) => store.query(query).map(({ message }) => message);
  expect(found({})).toEqual(['b', 'c', 'd']);
  expect(found({ level: 'warn' })).toEqual(['d']);
  expect(found({ text: 'O-2' })).toEqual(['c']);
  expect(found({ since: 902 })).toEqual(['c', 'd']);
  expect(found({ limit: 1 })).toEqual(['d']);
  expect(found({ target: 'other' })).toEqual([]);
  nowMs = 1_402.5;
  expect(found({})).toEqual(['d']);
  expect(store.size).toBe(1);
});
