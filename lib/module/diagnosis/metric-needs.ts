import type { AnyHandlerOptions } from '../../instrumentation/decorators/handler-options.js';
import type { HandlerKind } from '../../kernel/observer.js';
import type { CatalogueMetric, MetricNeed } from '../../metrics/catalogue/catalogue-metric.js';
import type { ProjectionProgress } from '../../projections/projection-progress.js';
import { type DiagnosisInputs, handlersOf, listed } from './diagnosis-inputs.js';

/** The state of a metric of the catalogue that shows no number above 0. */
export interface SilentMetric {
  readonly metric: CatalogueMetric;
  /** A gauge with series, all of them at 0. */
  readonly isZero: boolean;
  /** Needs that the series of other metrics show to be met. */
  readonly seen: ReadonlySet<MetricNeed>;
}

/** Reasons why a need is not met; empty when it is. */
type NeedCheck = (inputs: DiagnosisInputs, seen: ReadonlySet<MetricNeed>) => readonly string[];

interface ProjectionCheck {
  readonly isMet: (progress: ProjectionProgress, inputs: DiagnosisInputs) => boolean;
  /** Reason for the projections that do not meet it; their names follow. */
  readonly reason: string;
}

type NeedOfProjection =
  | 'owned projection'
  | 'projection series'
  | 'readable projection'
  | 'projection lag'
  | 'projection source'
  | 'projection head';

const projectionChecks: Readonly<Record<NeedOfProjection, ProjectionCheck>> = {
  'owned projection': {
    isMet: ({ owned }) => owned,
    reason: 'Another process publishes it',
  },
  'projection series': {
    isMet: ({ name }, { runtime }) => runtime.projections.of(name).series !== undefined,
    reason: 'A limit or rule of cardinality leaves it no series of its own',
  },
  'readable projection': {
    isMet: ({ unreadable }) => !unreadable,
    reason: 'Its head or checkpoint source has not answered for three periods (see faults)',
  },
  'projection lag': {
    isMet: (progress, inputs) =>
      sourcesOf(progress, inputs).head !== undefined ||
      (progress.lagEvents ?? progress.lagSeconds) !== undefined,
    reason:
      'It has no head source (option head of @Projection, or projections.head) and its last event has no known time ' +
      '(option eventTime)',
  },
  'projection source': {
    isMet: (progress, inputs) => {
      const { head, checkpoint } = sourcesOf(progress, inputs);
      return (head ?? checkpoint) !== undefined;
    },
    reason: 'It has no head source and no checkpoint source (options head and checkpoint)',
  },
  'projection head': {
    isMet: (progress, inputs) => sourcesOf(progress, inputs).head !== undefined,
    reason: 'It has no head source (option head of @Projection, or projections.head)',
  },
};

const checks: Readonly<Record<Exclude<MetricNeed, NeedOfProjection>, NeedCheck>> = {
  command: (inputs, seen) => handlerReasons(inputs, seen, 'command'),
  query: (inputs, seen) => handlerReasons(inputs, seen, 'query'),
  projection: (inputs, seen) =>
    inputs.runtime.projections.isEmpty ? handlerReasons(inputs, seen, 'projection') : [],
  'command events': (inputs) =>
    hasOption(inputs, 'command', ({ events }) => events !== undefined)
      ? []
      : [
          'No handler has the option events of @Command, and no startCommand() has ended with succeed(events).',
        ],
  'projection batches': (inputs) =>
    hasOption(inputs, 'projection', ({ batch }) => batch === true)
      ? []
      : ['No handler has the option batch of @Projection.'],
  'projection event time': (inputs) =>
    hasOption(inputs, 'projection', ({ eventTime }) => eventTime !== undefined)
      ? []
      : ['No handler has the option eventTime of @Projection.'],
  'store operation': ({ unbound }, seen) => {
    if (seen.has('store operation')) return [];
    const lost = unbound.filter((it) => it.kind === 'event_store').map((it) => it.method);
    return [
      'No operation has ended on a store that instrumentEventStore() returned, in a method with @EventStoreOperation, or in ' +
        'startEventStoreOperation(). Is the store in use the one that was returned?',
      ...lostReasons(lost),
    ];
  },
  'stream count': ({ runtime }) =>
    runtime.eventStores.countsStreams
      ? []
      : [
          'No event store counts its streams: pass activeStreams to instrumentEventStore(), or an adapter with countStreams().',
        ],
  'stream versions': ({ runtime }) =>
    runtime.eventStores.namesStreams
      ? []
      : ['No event store has the option streamVersions of instrumentEventStore().'],
  pool: ({ runtime }) => {
    if (runtime.resources.hasPools) return [];
    return runtime.options.pools === false
      ? ['The option pools is false, and none is registered with registerPool().']
      : ['No provider is a connection pool of a known make: see registerPool().'];
  },
  'circuit breaker': ({ runtime }) => {
    if (runtime.resources.hasCircuitBreakers) return [];
    return runtime.options.circuitBreakers === false
      ? [
          'The option circuitBreakers is false, and none is registered with registerCircuitBreaker().',
        ]
      : ['No provider is a circuit breaker of a known make: see registerCircuitBreaker().'];
  },
  'http metrics': ({ runtime }) =>
    runtime.http === undefined ? ['It is switched off: the option http is false.'] : [],
  aggregator: () => [
    'It is recorded where aggregateCluster() or aggregateThreads() was called, and is part of the metrics served there.',
  ],
};

/** Reasons why a metric of the catalogue shows no number above 0; at least one. */
export function silenceReasons(inputs: DiagnosisInputs, silent: SilentMetric): readonly string[] {
  const { needs = [], absentWhen, zeroWhen = absentWhen } = silent.metric;
  const reasons: string[] = [];
  let projections: readonly ProjectionProgress[] = inputs.runtime.projections.progress();
  for (const need of silent.isZero ? needs.filter((it) => !isOfProjection(it)) : needs) {
    if (!isOfProjection(need)) {
      const missing = checks[need](inputs, silent.seen);
      if (missing.length > 0) return missing;
      continue;
    }
    const { isMet, reason } = projectionChecks[need];
    const lacking = projections.filter((it) => !isMet(it, inputs));
    if (lacking.length > 0) reasons.push(`${reason}: ${listed(lacking.map((it) => it.name))}.`);
    projections = projections.filter((it) => !lacking.includes(it));
    if (projections.length === 0 && reasons.length > 0) return reasons;
  }
  return [...reasons, silent.isZero ? zeroWhen : absentWhen];
}

function isOfProjection(need: MetricNeed): need is NeedOfProjection {
  return need in projectionChecks;
}

function sourcesOf({ name }: ProjectionProgress, { runtime }: DiagnosisInputs) {
  return runtime.projections.of(name).tracker.settings;
}

const factories: Readonly<Record<HandlerKind, string>> = {
  command: 'startCommand()',
  query: 'startQuery()',
  projection: 'projection()',
};

function handlerReasons(
  inputs: DiagnosisInputs,
  seen: ReadonlySet<MetricNeed>,
  kind: HandlerKind,
): string[] {
  if (seen.has(kind) || handlersOf(inputs, kind).length > 0) return [];
  const decorator = `@${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const lost = inputs.unbound.filter((it) => it.kind === kind).map((it) => it.method);
  return [
    `No handler with ${decorator} was found among the providers and controllers, and ${factories[kind]} was not called.`,
    ...lostReasons(lost),
  ];
}

function lostReasons(lost: readonly string[]): string[] {
  return lost.length > 0 ? [`No part of the application: ${listed(lost)}.`] : [];
}

function hasOption(
  inputs: DiagnosisInputs,
  kind: HandlerKind,
  isSet: (options: AnyHandlerOptions) => boolean,
): boolean {
  return handlersOf(inputs, kind).some((it) => isSet(it.decoration.options));
}
