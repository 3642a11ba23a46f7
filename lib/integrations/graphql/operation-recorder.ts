import type { Clock } from '../../kernel/clock.js';
import type { ErrorClassifier, Outcome } from '../../kernel/errors/error-classification.js';
import type { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';
import { LimitedValues } from '../../kernel/label.js';
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
  readonly path?: unknown;
  readonly locations?: unknown;
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
  readonly #names: LimitedValues;

  constructor(deps: OperationDeps) {
    const { registry, naming, errors, operations } = deps;
    this.#deps = deps;
    this.#metrics = registerCatalogue(registry, graphqlMetrics, { namespace: naming.namespace });
    this.#countError = errors.counterOf('message');
    this.#names = new LimitedValues(operations === undefined ? NAME_LIMIT : 0, operations);
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

  /** Records a document that is refused before it runs, with the status of its errors. Never throws. */
  refuse(errors: readonly unknown[]): void {
    notify(this.#deps.faults, 'messages', () => {
      const outcome = errors.every(isOfClient) ? 'rejected' : this.#outcomeOf(errors);
      const labels = { operation_type: 'unknown', operation: 'unknown' };
      this.#metrics.operations.labels({ ...labels, outcome }).inc();
    });
  }

  #nameOf({ name }: Operation): string {
    const own = name?.value;
    return typeof own !== 'string' || own === '' ? 'anonymous' : this.#names.of(own);
  }

  /** One failed field makes the operation a failure, although the others have data. */
  #outcomeOf(errors: readonly unknown[]): Outcome {
    let outcome: Outcome = errors.length === 0 ? 'success' : 'rejected';
    for (const error of errors) {
      const { originalError, extensions } = (error ?? {}) as OperationError;
      const thrown = originalError ?? error;
      const isRejection =
        isRequestError(error) ||
        REJECTIONS.has(extensions?.code) ||
        this.#deps.classifier.outcomeOf(thrown) === 'rejected';
      if (isRejection) continue;
      outcome = 'failure';
      this.#countError(this.#deps.classifier.describe(thrown));
    }
    return outcome;
  }
}

/** Returns true for an error with a status of HTTP that says that the client is wrong. */
function isOfClient(error: unknown): boolean {
  const { originalError } = (error ?? {}) as OperationError;
  const { statusCode } = (originalError ?? error ?? {}) as { readonly statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
}

/**
 * Returns true for an error that says that the request cannot run, such as a variable of a wrong type: it belongs to no
 * field, and no code of the application has thrown it.
 * Source: https://spec.graphql.org/October2021/#sec-Errors.Request-errors
 */
function isRequestError(error: unknown): boolean {
  const { originalError, extensions, path, locations } = (error ?? {}) as OperationError;
  const isPlain = (originalError ?? extensions?.code ?? path) === undefined;
  return isPlain && Array.isArray(locations);
}
