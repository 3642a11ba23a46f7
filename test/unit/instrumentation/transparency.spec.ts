import { AsyncLocalStorage } from 'node:async_hooks';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Command } from '../../../lib/kinds/command.decorator.js';
import { Projection } from '../../../lib/kinds/projection.decorator.js';
import { Query } from '../../../lib/kinds/query.decorator.js';
import {
  type Behaviour,
  behaviours,
  decorateWith,
  type Foreign,
  foreigners,
  methodOf,
} from './random-handler.js';
import { Recording, settled } from './recording.js';
import { type ConsumerStep, Transcript } from './transcript.js';

interface Handler {
  readonly behaviour: Behaviour;
  readonly above: readonly Foreign[];
  readonly below: readonly Foreign[];
  readonly args: readonly unknown[];
  readonly steps: readonly ConsumerStep[];
  readonly inContext: boolean;
  readonly bound: boolean;
  readonly decorator: keyof typeof decorators;
}

const decorators = {
  command: () => Command({ name: 'Random' }),
  query: () => Query('Random'),
  projection: () => Projection({ name: 'Random', shared: true }),
  withEvents: () => Command({ name: 'Random', events: () => 1 }),
  withContext: () => Command({ name: 'Random', context: true }),
  withLabels: () => Command({ name: 'Random', labels: { tier: () => 'free' } }),
};

const handlers: fc.Arbitrary<Handler> = fc.record({
  behaviour: behaviours,
  above: foreigners,
  below: foreigners,
  args: fc.array(fc.anything(), { maxLength: 3 }),
  steps: fc.array(fc.constantFrom('next', 'next', 'return', 'throw'), { maxLength: 4 }),
  inContext: fc.boolean(),
  bound: fc.boolean(),
  decorator: fc.constantFrom(...(Object.keys(decorators) as (keyof typeof decorators)[])),
});

const storage = new AsyncLocalStorage<number>();

/** Everything that can be seen of a handler: its method, its metadata, and a call of it. */
async function transcriptOf(handler: Handler, app?: Recording): Promise<unknown[][]> {
  const { behaviour, above, below, args, steps } = handler;
  const transcript = new Transcript();
  class Subject {
    own = 'own';
  }
  const observed = app === undefined ? [] : [decorators[handler.decorator]()];
  const foreign = (list: readonly Foreign[]) => list.map((it) => decorateWith(it, transcript));
  const decorated = Reflect.decorate(
    [...foreign(above), ...observed, ...foreign(below)],
    Subject.prototype,
    'run',
    { value: methodOf(behaviour, transcript), writable: true, configurable: true } as never,
  ) as unknown as PropertyDescriptor;
  Object.defineProperty(Subject.prototype, 'run', decorated);
  describeMethod(decorated, transcript);
  await Promise.resolve();
  const subject = new Subject() as Subject & { run(...args: readonly unknown[]): unknown };
  if (handler.bound) app?.instrumentation.bind(subject);
  const call = () => transcript.call(() => subject.run(...args), steps);
  await (handler.inContext ? storage.run(1, call) : call());
  return transcript.lines;
}

function describeMethod(descriptor: PropertyDescriptor, { note }: Transcript): void {
  const method = descriptor.value as (...args: unknown[]) => unknown;
  note(Object.keys(descriptor).toSorted().join(), method.name, method.length);
  note(Object.prototype.toString.call(method), 'prototype' in method);
  for (const key of Reflect.ownKeys(method).filter((it) => typeof it === 'string')) {
    if (key !== 'prototype') note('property', key, Reflect.get(method, key));
  }
  for (const key of Reflect.getMetadataKeys(method) as unknown[]) {
    const value = Reflect.getMetadata(key, method) as unknown;
    note('metadata', key, ...(Array.isArray(value) ? (value as unknown[]) : [value]));
  }
}

function firstDifference(one: unknown[][], other: unknown[][]): number {
  const same = (line: unknown[], i: number) =>
    line.length === other[i]?.length && line.every((it, j) => Object.is(it, other[i]?.[j]));
  const difference = one.findIndex((line, i) => !same(line, i));
  return difference === -1 && one.length !== other.length ? one.length : difference;
}

it('A handler of any kind does with our decorator what it does without', async () => {
  await fc.assert(
    fc.asyncProperty(handlers, async (handler) => {
      const app = new Recording({ handlerLabels: { tier: ['free'] } });
      const without = await transcriptOf(handler);
      const within = await transcriptOf(handler, app);
      const at = firstDifference(without, within);
      expect({ at, line: within[at] }).toEqual({ at: -1, line: without[at] });
      await settled();
      expect([app.active, ...app.faults]).toEqual([0]);
    }),
    { numRuns: 1500 },
  );
});
