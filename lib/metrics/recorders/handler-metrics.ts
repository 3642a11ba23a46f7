import type {
  HandlerIdentity,
  HandlerKind,
  HandlerObserver,
  Observer,
} from '../../kernel/observer.js';
import { outcomes } from '../../kernel/error-classification.js';
import { commandMetrics } from '../catalogue/commands.js';
import { queryMetrics } from '../catalogue/queries.js';
import type { MetricRegistry } from '../registry.js';
import { CallMetrics, type RecordedCalls } from './call-metrics.js';
import type { CatalogueNaming } from './catalogue-instruments.js';
import type { ErrorMetrics } from './error-metrics.js';
import { ProjectionMetrics } from './projection-metrics.js';

/** Metrics of commands. */
export const commandCalls: RecordedCalls = {
  nameLabel: 'command_type',
  outcomes,
  errorSource: 'command',
  metrics: commandMetrics,
};

const queryCalls: RecordedCalls = {
  nameLabel: 'query_type',
  outcomes,
  errorSource: 'query',
  metrics: queryMetrics,
};

/** Turns observations of handlers into metrics, each kind into its own. */
export class HandlerMetrics implements Observer {
  readonly commands: CallMetrics;
  readonly queries: CallMetrics;
  readonly projections: ProjectionMetrics;
  readonly #byKind: Readonly<Record<HandlerKind, Observer>>;

  constructor(registry: MetricRegistry, errors: ErrorMetrics, naming: CatalogueNaming) {
    this.commands = new CallMetrics({ registry, errors, naming }, commandCalls);
    this.queries = new CallMetrics({ registry, errors, naming }, queryCalls);
    this.projections = new ProjectionMetrics(registry, errors, naming);
    this.#byKind = { command: this.commands, query: this.queries, projection: this.projections };
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    return this.#byKind[handler.kind].bind(handler);
  }
}
