import type { Clock } from '../../kernel/clock.js';
import type { ErrorClassifier, Outcome } from '../../kernel/errors/error-classification.js';
import type { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';
import { OTHER } from '../../kernel/label.js';
import { graphqlMetrics } from '../../metrics/catalogue/integrations/graphql.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import type { ErrorMetrics } from '../../metrics/recorders/error-metrics.js';
import type { MetricRegistry } from '../../metrics/registry.js';

/** Operation of a document, with the members that this library uses. */
export interface Operation {
  readonly operation?: unknown;
  readonly name?: { readonly value?: unknown } | undefined;
}

/** Error of an operation, with the members that this library uses. */
interface OperationError {
  readonly originalError?: unknown;
  readonly extensions?: { readonly code?: unknown };
}

/** Dependencies of an {@link OperationRecorder}. */
export interface OperationDeps {
  readonly registry: MetricRegistry;
  readonly naming: CatalogueNaming;
  readonly errors: ErrorMetrics;
  readonly classifier: ErrorClassifier;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Names with series of their own. @defaultValue the first 100 */
  readonly operations: readonly string[] | undefined;
}

const NAME_LIMIT = 100;
const TYPES = new Set<unknown>(['query', 'mutation', 'subscription']);

/** Codes of errors that are the client's. */
const REJECTIONS = new Set<unknown>([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/** Counts GraphQL operations and the errors of their resolvers. */
export class OperationRecorder {
  readonly #deps: OperationDeps;
  readonly #metrics: CatalogueInstruments<typeof graphqlMetrics>;
  readonly #countError: ReturnType<ErrorMetrics['counterOf']>;
  readonly #known: Set<string>;
  readonly #isClosed: boolean;

  constructor(deps: OperationDeps) {
    const { registry, naming, errors, operations } = deps;
    this.#deps = deps;
    this.#metrics = registerCatalogue(registry, graphqlMetrics, { namespace: naming.namespace });
    this.#countError = errors.counterOf('message');
    this.#known = new Set(operations);
    this.#isClosed = operations !== undefined;
  }

  /** Returns the time at which an operation starts. */
  start(): number {
    return this.#deps.clock.monotonicMs();
  }

  /** Records the end of an operation. One that could not be read has no type and no name. Never throws. */
  end(startedMs: number, operation: Operation | undefined, errors: readonly unknown[] = []): void {
    notify(this.#deps.faults, 'messages', () => {
      const type = operation?.operation;
      const labels = {
        operation_type: TYPES.has(type) ? String(type) : 'unknown',
        operation: operation === undefined ? 'unknown' : this.#nameOf(operation),
      };
      const outcome = this.#outcomeOf(errors);
      this.#metrics.operations.labels({ ...labels, outcome }).inc();
      const seconds = (this.#deps.clock.monotonicMs() - startedMs) / 1_000;
      this.#metrics.duration.labels(labels).observe(seconds);
    });
  }

  #nameOf({ name }: Operation): string {
    const own = name?.value;
    if (typeof own !== 'string' || own === '') return 'anonymous';
    if (this.#known.has(own)) return own;
    if (this.#isClosed || this.#known.size >= NAME_LIMIT) return OTHER;
    this.#known.add(own);
    return own;
  }

  /** One failed field makes the operation a failure, although the others have data. */
  #outcomeOf(errors: readonly unknown[]): Outcome {
    let outcome: Outcome = errors.length === 0 ? 'success' : 'rejected';
    for (const error of errors) {
      const { originalError, extensions } = (error ?? {}) as OperationError;
      const thrown = originalError ?? error;
      const isRejection =
        REJECTIONS.has(extensions?.code) || this.#deps.classifier.outcomeOf(thrown) === 'rejected';
      if (isRejection) continue;
      outcome = 'failure';
      this.#countError(this.#deps.classifier.describe(thrown));
    }
    return outcome;
  }
}
