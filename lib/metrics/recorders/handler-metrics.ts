import type {
  HandlerIdentity,
  HandlerKind,
  HandlerObserver,
  Observer,
} from '../../kernel/observer.js';
import type { CatalogueNaming } from './catalogue-instruments.js';
import { CommandMetrics } from './command-metrics.js';
import type { ErrorMetrics } from './error-metrics.js';
import { ProjectionMetrics } from './projection-metrics.js';
import { QueryMetrics } from './query-metrics.js';
import type { MetricRegistry } from '../registry.js';

/** Turns observations of handlers into metrics, each kind into its own. */
export class HandlerMetrics implements Observer {
  readonly commands: CommandMetrics;
  readonly queries: QueryMetrics;
  readonly projections: ProjectionMetrics;
  readonly #byKind: Readonly<Record<HandlerKind, Observer>>;

  constructor(registry: MetricRegistry, errors: ErrorMetrics, naming: CatalogueNaming) {
    this.commands = new CommandMetrics(registry, errors, naming);
    this.queries = new QueryMetrics(registry, errors, naming);
    this.projections = new ProjectionMetrics(registry, errors, naming);
    this.#byKind = { command: this.commands, query: this.queries, projection: this.projections };
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    return this.#byKind[handler.kind].bind(handler);
  }
}
