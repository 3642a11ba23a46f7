import { DebugLog } from './debug-log.js';
import { libraryName } from '../../kernel/library.js';
import { tracingState } from '../../tracing/start-up/sdk/tracing-state.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';
import { collectDiagnosisInputs, methodOf } from './diagnosis-inputs.js';

/** Logs the handlers and decisions of the start. */
export function logStart(runtime: ObservabilityRuntime, debug: DebugLog): void {
  try {
    logFound(runtime, debug);
  } catch (error) {
    runtime.faults.report('diagnosis', error);
  }
}

function logFound(runtime: ObservabilityRuntime, debug: DebugLog): void {
  const { handlers, unbound } = collectDiagnosisInputs(runtime);
  for (const handler of handlers) {
    const span = handler.decoration.options.span === false ? ', without spans' : '';
    debug.log(
      'handlers',
      () => `${methodOf(handler)} reports as ${handler.kind.name} ${handler.name}${span}`,
    );
  }
  for (const { kind, method } of unbound)
    debug.log('handlers', () => `${method} is no part of the application: ${kind} not observed`);
  debug.log('handlers', () => `pools: ${namesOf(runtime.resources.pools())}`);
  debug.log('handlers', () => `circuit breakers: ${namesOf(runtime.resources.circuitBreakers())}`);
  debug.log('tracing', () => JSON.stringify(tracingState(libraryName)));
}

function namesOf(found: ReadonlyMap<string, unknown>): string {
  return [...found.keys()].join(', ') || 'none';
}
