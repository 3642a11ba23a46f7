import { libraryName } from '../../kernel/library.js';
import { tracingState } from '../../tracing/start-up/sdk/tracing-state.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';
import type { EndpointDiagnosis } from './diagnosis.js';
import { collectDiagnosisInputs, type DiagnosisInputs, listed } from './diagnosis-inputs.js';
import { missingParts } from './missing-parts.js';

/** Returns one line about what an application observes, where it shows it, and what is missing. */
export function startSummary(runtime: ObservabilityRuntime): string {
  const inputs = collectDiagnosisInputs(runtime);
  const missing = [...missingParts(runtime), ...unboundIn(inputs)];
  return [
    [
      `observing ${handlersIn(inputs)}`,
      endpointsOf(runtime),
      ...named('exporters', runtime.options.exporters ?? []),
      `spans: ${spansOf(runtime)}`,
      ...named('pools', [...runtime.resources.pools().keys()].map(asNamed)),
      ...named('circuit breakers', [...runtime.resources.circuitBreakers().keys()].map(asNamed)),
      ...named('plugins', runtime.plugins),
    ].join('; '),
    ...missing,
  ].join('. ');
}

interface Named {
  readonly name: string;
}

const asNamed = (name: string): Named => ({ name });

function named(what: string, found: readonly Named[]): string[] {
  return found.length === 0 ? [] : [`${what}: ${listed(found.map(({ name }) => name))}`];
}

function handlersIn({ handlers }: DiagnosisInputs): string {
  const counts = new Map<string, number>();
  for (const { kind } of handlers)
    counts.set(kind.words.plural, (counts.get(kind.words.plural) ?? 0) + 1);
  const parts = [...counts].map(([plural, count]) => `${plural} (${count})`);
  return parts.length === 0 ? 'no handlers' : parts.join(', ');
}

function endpointsOf({ endpoints, extras }: ObservabilityRuntime): string {
  const { health = {} } = extras;
  const base = health === false ? '' : (health.path ?? '/health');
  // An alias answers what another path does.
  const isAlias = (it: EndpointDiagnosis) => it.purpose === 'health' && !it.path.includes(base);
  const own = endpoints.filter((it) => it.answeredBy === 'library' && !isAlias(it));
  const shown = own.map(({ path, port }) => (port === undefined ? path : `:${port}${path}`));
  return shown.length === 0 ? 'no endpoints' : `GET ${shown.join(' ')}`;
}

function spansOf({ tracing }: ObservabilityRuntime): string {
  if (tracing === undefined) return 'off';
  return tracingState(libraryName).provider ?? 'none, because no OpenTelemetry SDK is registered';
}

function* unboundIn({ unbound }: DiagnosisInputs): Iterable<string> {
  if (unbound.length > 0)
    yield `Not part of a module: ${listed(unbound.map(({ method }) => method))}`;
}
