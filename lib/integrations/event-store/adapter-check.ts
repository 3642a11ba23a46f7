import {
  operationMembers,
  operationName,
} from '../../instrumentation/event-store/store-operation-check.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { optionProblems } from '../../options/assert-options.js';
import { group, option, record } from '../../options/description.js';
import { callback, flag, isText, text } from '../../options/standard-options.js';
import type {
  EventStoreAdapter,
  EventStoreMethod,
  EventStoreOptions,
} from './event-store-adapter.js';

const MAX_VERSIONS = 100;
const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 86_400_000;

const eventStore = option((it) => typeof it === 'object' && it !== null, {
  rule: 'an object',
  remedy: 'Pass the store itself.',
});

const method = group<EventStoreMethod>(
  { operation: operationName, optional: flag(), ...operationMembers },
  {
    rule: 'an object that describes the method',
    remedy: "Pass something like { operation: 'append' }.",
  },
);
const methodsRemedy = 'Pass one of the ready adapters, or { methods: { append: … } }.';
const methodName = option(() => true, { rule: 'the name of a method', remedy: methodsRemedy });

const eventStoreAdapter = group<EventStoreAdapter>(
  {
    system: text(undefined, { remedy: "Pass something like 'postgresql'." }),
    methods: record(
      { key: methodName, value: method },
      {
        rule: 'an object that describes the methods of the store',
        remedy: methodsRemedy,
        required: true,
      },
    ),
    sessions: record(
      { key: methodName, value: callback('Pass (args, instrument) => args.') },
      { rule: 'an object of functions by method name', remedy: 'Pass functions, or leave it out.' },
    ),
    conflict: callback('Pass (error) => boolean.'),
    absent: callback('Pass (error) => boolean.'),
    countStreams: callback('Pass (store) => number.'),
  },
  {
    rule: 'an object that describes the methods of the store',
    remedy: methodsRemedy,
    checks: [
      {
        at: 'methods',
        rule: 'must describe at least one method',
        remedy: methodsRemedy,
        holds: ({ methods }) => Object.keys(methods as object).length > 0,
      },
    ],
  },
);

const milliseconds = (min: number) =>
  option((it) => typeof it === 'number' && it >= min && it <= MAX_INTERVAL_MS, {
    rule: `a number of milliseconds from ${min.toLocaleString('en')} to ${MAX_INTERVAL_MS.toLocaleString('en')}`,
    remedy: 'Correct it, or leave it out for the default.',
  });

const eventStoreOptions = group<EventStoreOptions>({
  separator: text(8, { remedy: "Pass something like '-'." }),
  category: callback('Pass (stream) => category.'),
  traceContext: flag(),
  activeStreams: callback('Pass () => number.'),
  activeStreamsIntervalMs: milliseconds(MIN_INTERVAL_MS),
  activeStreamsTimeoutMs: milliseconds(1),
  streamVersions: option(
    (it) => Array.isArray(it) && it.length <= MAX_VERSIONS && it.every(isText),
    {
      rule: `an array of at most ${MAX_VERSIONS} stream ids`,
      remedy: "Pass something like ['order-1'].",
    },
  ),
});

/** Event store, adapter and options to validate. */
export interface InstrumentedMethods {
  readonly store: unknown;
  readonly adapter: EventStoreAdapter;
  readonly options: EventStoreOptions;
}

/**
 * @throws ConfigurationError `OBS_EVENT_STORE_ADAPTER` for an invalid store, adapter or option,
 * `OBS_EVENT_STORE_METHOD` for a method that the store does not have.
 */
export function assertInstrumentable({ store, adapter, options }: InstrumentedMethods): void {
  const problems = [
    ...optionProblems('event store', eventStore, store),
    ...optionProblems('event store adapter', eventStoreAdapter, adapter),
    ...optionProblems('event store options', eventStoreOptions, options),
  ];
  if (problems.length > 0) throw new ConfigurationError('OBS_EVENT_STORE_ADAPTER', ...problems);
  assertMethods(store as object, adapter);
}

/** @throws ConfigurationError `OBS_EVENT_STORE_METHOD` */
function assertMethods(store: object, { methods, sessions = {} }: EventStoreAdapter): void {
  const wanted = Object.entries(methods).filter(([, { optional }]) => optional !== true);
  const missing = wanted.filter(([name]) => typeof Reflect.get(store, name) !== 'function');
  if (missing.length === 0) return;
  const existing = methodsOf(store).filter((it) => !(it in sessions));
  const problems = missing.map(([name]) => ({
    subject: 'event store adapter, methods',
    value: name,
    rule: `the store has the methods ${existing.join(', ') || 'none'}`,
    remedy: 'Name a method that exists, mark it as optional, or pass the store that has it.',
  }));
  throw new ConfigurationError('OBS_EVENT_STORE_METHOD', ...problems);
}

/** Returns the method names of an object and its class without running getters. */
function methodsOf(store: object): string[] {
  const names = new Set<string>();
  let current: object | null = store;
  while (current !== null && current !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(current))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
    }
    current = Object.getPrototypeOf(current) as object | null;
  }
  return [...names];
}
