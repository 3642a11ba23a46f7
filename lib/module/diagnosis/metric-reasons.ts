import type { HandlerKind } from '../../kernel/observer.js';
import { type DiagnosisInputs, handlersOf, listed } from './diagnosis-inputs.js';
import { progressReasons } from './progress-reasons.js';

type Reasons = (inputs: DiagnosisInputs, name: string) => readonly string[];

const factories: Readonly<Record<HandlerKind, string>> = {
  command: 'startCommand()',
  query: 'startQuery()',
  projection: 'projection()',
};

/** What single metrics need beside a handler that is called, by name. */
const needs: Readonly<Record<string, string>> = {
  eventcore_command_events: 'It needs the option events of @Command.',
  eventcore_command_retries_total: 'It counts what a handler reports with currentObservation().',
  eventcore_projection_batch_size: 'It needs a projection that handles arrays of events.',
  eventcore_projection_latency_seconds: 'It needs the option eventTime of @Projection.',
  eventcore_stream_versions: 'It needs the option versions of instrumentEventStore().',
  eventcore_active_streams: 'It needs a store that can count its streams.',
};

/** By the beginning of the name, the first one that matches. */
const byName: readonly (readonly [RegExp, Reasons])[] = [
  [/^eventcore_commands?_/, (inputs) => handlerReasons(inputs, 'command')],
  [/^eventcore_quer(?:y|ies)_/, (inputs) => handlerReasons(inputs, 'query')],
  [
    /^eventcore_projection_(?:lag|position|head|last|state|rebuild)/,
    (inputs) => [...handlerReasons(inputs, 'projection'), ...progressReasons(inputs)],
  ],
  [/^eventcore_projections?_/, (inputs) => handlerReasons(inputs, 'projection')],
  [/^eventcore_(?:event_store|events|active_streams|stream_)/, storeReasons],
  [/^eventcore_connection_pool_/, poolReasons],
  [/^eventcore_circuit_breaker_/, breakerReasons],
  [/^eventcore_(?:api_requests|request)/, () => ['No request has come in that is not excluded.']],
  [/^eventcore_health_/, () => ['No health check has been asked.']],
  [/^eventcore_errors?_/, () => ['No handler and no operation has failed.']],
  [
    /^eventcore_(?:event_loop|gc|cpu|active_resources)/,
    () => ['It is measured between two readings, and since the one before there was nothing.'],
  ],
  [/^eventcore_observability_/, () => ['There was nothing of the kind to tell.']],
];

/**
 * Why a metric of the catalogue shows nothing.
 *
 * @param name - In the namespace `eventcore`.
 */
export function metricReasons(inputs: DiagnosisInputs, name: string): readonly string[] {
  const found = byName.find(([pattern]) => pattern.test(name))?.[1];
  const need = needs[name];
  return [...(found?.(inputs, name) ?? []), ...(need === undefined ? [] : [need])];
}

function handlerReasons(inputs: DiagnosisInputs, kind: HandlerKind): string[] {
  const found = handlersOf(inputs, kind);
  if (found.length > 0) {
    const names = listed([...new Set(found.map((it) => it.name))]);
    return [`Of this kind there is ${names}; nothing of it was called or recorded this.`];
  }
  const decorator = `@${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const lost = inputs.unbound.filter((it) => it.kind === kind).map((it) => it.method);
  return [
    `No handler with ${decorator} was found among the providers and controllers, and ${factories[kind]} was not called.`,
    ...(lost.length > 0 ? [`No part of the application: ${listed(lost)}.`] : []),
  ];
}

function storeReasons({ unbound }: DiagnosisInputs): string[] {
  const lost = unbound.filter((it) => it.kind === 'event_store').map((it) => it.method);
  return [
    'No operation has ended on a store that instrumentEventStore() returned, in a method with @EventStoreOperation, or in ' +
      'startEventStoreOperation(). Is the store in use the one that was returned?',
    ...(lost.length > 0 ? [`No part of the application: ${listed(lost)}.`] : []),
  ];
}

function poolReasons({ runtime }: DiagnosisInputs): string[] {
  if (runtime.options.pools === false)
    return ['The option pools is false, and none is registered.'];
  if (runtime.resources.pools().size > 0)
    return ['The pools that there are do not tell this number.'];
  return ['No provider is a pool of a known make: see registerPool().'];
}

function breakerReasons({ runtime }: DiagnosisInputs): string[] {
  if (runtime.resources.circuitBreakers().size > 0) return ['No breaker has changed its state.'];
  return runtime.options.circuitBreakers === false
    ? ['The option circuitBreakers is false, and none is registered.']
    : ['No provider is a circuit breaker of a known make: see registerCircuitBreaker().'];
}
