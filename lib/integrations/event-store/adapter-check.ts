import {
  isLabel,
  operationProblems,
} from '../../instrumentation/event-store/store-operation-check.js';
import { ConfigurationError, type ConfigurationProblem } from '../../kernel/configuration-error.js';
import type { EventStoreAdapter, EventStoreOptions } from './event-store-adapter.js';

const MAX_VERSIONS = 100;
const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 86_400_000;

/** What an event store is instrumented with. */
export interface InstrumentedMethods {
  readonly store: unknown;
  readonly adapter: EventStoreAdapter;
  readonly options: EventStoreOptions;
}

/**
 * @throws ConfigurationError `OBS_EVENT_STORE_ADAPTER` for what cannot be an event store, an adapter or options,
 * `OBS_EVENT_STORE_METHOD` for methods that the store does not have.
 */
export function assertInstrumentable({ store, adapter, options }: InstrumentedMethods): void {
  const problems = [
    ...storeProblems(store),
    ...adapterProblems(adapter),
    ...optionProblems(options),
  ];
  if (problems.length > 0) throw new ConfigurationError('OBS_EVENT_STORE_ADAPTER', ...problems);
  assertMethods(store as object, adapter);
}

function storeProblems(store: unknown): ConfigurationProblem[] {
  const remedy = 'Pass the store itself.';
  return unless(isObject(store), {
    subject: 'event store',
    value: store,
    rule: 'it is an object',
    remedy,
  });
}

function adapterProblems(adapter: EventStoreAdapter): ConfigurationProblem[] {
  const methods: unknown = isObject(adapter) ? adapter.methods : undefined;
  if (!isObject(methods) || Object.keys(methods).length === 0) {
    const remedy = 'Pass one of the ready adapters, or { methods: { append: … } }.';
    const rule = 'it describes the methods of the store';
    return [{ subject: 'event store adapter', value: adapter, rule, remedy }];
  }
  const { system, conflict, absent, countStreams, sessions = {} } = adapter;
  return [
    ...Object.entries(adapter.methods).flatMap(([name, method]) => methodProblems(name, method)),
    ...hookProblems('event store adapter', { conflict, absent, countStreams, ...sessions }),
    ...unless(system === undefined || isLabel(system), {
      subject: 'event store adapter, system',
      value: system,
      rule: 'it is a short text',
      remedy: "Pass something like 'postgresql'.",
    }),
  ];
}

function methodProblems(name: string, method: unknown): ConfigurationProblem[] {
  const subject = `event store adapter, ${name}`;
  if (!isObject(method)) return operationProblems(undefined, method, subject);
  const { operation, optional: _optional, ...options } = method as Record<string, unknown>;
  return operationProblems(operation, options, subject);
}

function hookProblems(
  subject: string,
  hooks: Readonly<Record<string, unknown>>,
): ConfigurationProblem[] {
  return Object.entries(hooks).flatMap(([name, value]) =>
    unless(value === undefined || typeof value === 'function', {
      subject: `${subject}, ${name}`,
      value,
      rule: 'it is a function',
      remedy: 'Pass a function, or leave it out.',
    }),
  );
}

function optionProblems(options: EventStoreOptions): ConfigurationProblem[] {
  const subject = 'event store options';
  if (!isObject(options)) {
    return [{ subject, value: options, rule: 'an object', remedy: 'Pass an object.' }];
  }
  const { category, activeStreams } = options;
  const wrong = Object.entries(options).filter(([name, value]) => !holds(name, value));
  return [
    ...hookProblems(subject, { category, activeStreams }),
    ...wrong.map(([name, value]) => ({
      subject: `${subject}, ${name}`,
      value: value as unknown,
      rule: `it is ${optionRules[name]?.[0] ?? 'no known option'}`,
      remedy: 'Correct it, or leave it out for the default.',
    })),
  ];
}

type Rule = readonly [rule: string, holds: (value: unknown) => boolean];

const optionRules: Readonly<Record<string, Rule>> = {
  separator: ['a text of 1 to 8 characters', (it) => isLabel(it) && (it as string).length <= 8],
  category: ['a function', () => true],
  traceContext: ['true or false', (it) => typeof it === 'boolean'],
  activeStreams: ['a function', () => true],
  activeStreamsIntervalMs: [
    `a number of milliseconds from ${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS}`,
    (it) => isBetween(it, MIN_INTERVAL_MS),
  ],
  activeStreamsTimeoutMs: [
    `a number of milliseconds from 1 to ${MAX_INTERVAL_MS}`,
    (it) => isBetween(it, 1),
  ],
  streamVersions: [
    `a list of at most ${MAX_VERSIONS} stream ids`,
    (it) => Array.isArray(it) && it.length <= MAX_VERSIONS && it.every(isLabel),
  ],
};

function holds(name: string, value: unknown): boolean {
  return value === undefined || optionRules[name]?.[1](value) === true;
}

function isBetween(value: unknown, min: number): boolean {
  return typeof value === 'number' && value >= min && value <= MAX_INTERVAL_MS;
}

function unless(isRight: boolean, problem: ConfigurationProblem): ConfigurationProblem[] {
  return isRight ? [] : [problem];
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

/** The methods of an object and its class, by name; getters are not run. */
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
