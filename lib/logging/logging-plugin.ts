import type { InjectionToken } from '@nestjs/common';
import type { TracingObserver } from '../kernel/call-tracer.js';
import { assertOptions } from '../options/assert-options.js';
import type {
  CallFollower,
  FollowedApplication,
  FollowingPlugin,
} from '../plugins/call-follower.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import { levelController } from './level.controller.js';
import { LINE_RECORDER, LogStore, type StoredLine, storedLine } from './log-store.js';
import { type LoggingHealth, LogSystem } from './log-system.js';
import { type LoggingOptions, loggingOptions } from './logging-options.js';
import { NestOutput } from './nest/nest-output.js';
import type { LogRecord } from './log-record.js';
import { ObservabilityLogger } from './observability-logger.js';
import { stateLines } from './observer/state-lines.js';
import { hasContext } from './observer/line-writing.js';
import { LogObserver } from './observer/log-observer.js';
import { CORRELATION_HEADERS, RequestScope } from './scope/request-scope.js';

const DEFAULT_TARGET = 'app';

/**
 * Plugin that writes log lines about the work of the application, and provides {@link ObservabilityLogger} and
 * {@link LogStore}. Lines go through the logger of Nest, or to the given sinks.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { consoleSink, fileSink, logging } from '@eventcore/nestjs-observability/logging';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   serviceName: 'shop',
 *   plugins: [logging({ level: 'info', sinks: [consoleSink(), fileSink({ path: 'shop.log' })] })],
 * });
 * ```
 */
export function logging(options: LoggingOptions = {}): ObservabilityPlugin {
  assertOptions('logging()', loggingOptions, options);
  const plugin: FollowingPlugin = {
    name: 'logging',
    options: shownOptions(options),
    follower: ApplicationLogs as InjectionToken<CallFollower>,
    providers: [
      { provide: LINE_RECORDER, useValue: null },
      {
        provide: ApplicationLogs,
        inject: [LINE_RECORDER],
        useFactory: (recorder: LineRecorder | null) => new ApplicationLogs(options, recorder),
      },
      {
        provide: ObservabilityLogger,
        inject: [ApplicationLogs],
        useFactory: ({ system }: ApplicationLogs) =>
          new ObservabilityLogger(system.hub, DEFAULT_TARGET),
      },
      {
        provide: LogStore,
        inject: [ApplicationLogs],
        useFactory: ({ store }: ApplicationLogs) => store,
      },
    ],
    ...(options.levelEndpoint !== undefined && {
      controllers: [levelController(options.levelEndpoint)],
    }),
    flush: ({ get }) => get(ApplicationLogs).system.flush(),
    drain: ({ get }) => get(ApplicationLogs).system.flush(),
    stop: ({ get }) => get(ApplicationLogs).system.close(),
  };
  return plugin;
}

type LineRecorder = (line: StoredLine) => void;

/** Logging of one application. */
class ApplicationLogs implements CallFollower {
  readonly system: LogSystem;
  readonly store: LogStore;
  readonly #options: LoggingOptions;
  #clock: (() => number) | undefined;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` for a variable, or a sink that cannot be opened. */
  constructor(options: LoggingOptions, recorder: LineRecorder | null) {
    const { sinks, store = false } = options;
    this.#options = options;
    this.store = new LogStore(
      typeof store === 'object' ? store : {},
      () => this.#clock?.() ?? Date.now(),
    );
    const outputs = [
      ...(store === false ? [] : [this.store]),
      ...(recorder === null ? [] : [{ write: (it: LogRecord) => recorder(storedLine(it)) }]),
      ...(sinks === undefined ? [new NestOutput()] : []),
    ];
    this.system = new LogSystem(options, { sinks: sinks ?? [], outputs });
  }

  /** Health check `logging`: degraded while a sink gives lines up. */
  check(): LoggingHealth {
    return this.system.health();
  }

  /** {@inheritDoc CallFollower.follow} */
  follow(application: FollowedApplication): TracingObserver {
    const { lines = {}, slowMs, sample = 1, context = 'auto', stream = true } = this.#options;
    this.#clock = () => application.clock.wallMs();
    const { correlationHeaders = CORRELATION_HEADERS } = this.#options;
    this.system.connect(application);
    if (correlationHeaders !== false && context !== false) {
      const scope = new RequestScope(correlationHeaders, this.system.hub.json);
      application.onRequest((headers) => {
        if (hasContext(context)) scope.enter(headers);
      });
    }
    if (lines.state !== false) application.onState(stateLines(this.system.hub));
    return new LogObserver({
      hub: this.system.hub,
      progressOf: application.progressOf,
      options: { lines, slowMs, sample, context, stream },
    });
  }
}

// As `@ObservedCheck` declares a check, whose room this one does not know.
const HEALTH = '__eventcore_health_checks__';
const HEALTH_SETTINGS = { name: 'logging', critical: false };
Reflect.defineMetadata(HEALTH, [{ key: 'check', settings: HEALTH_SETTINGS }], ApplicationLogs);

/** Options for `diagnose()`: sinks by name, because their addresses may contain passwords. */
function shownOptions({
  sinks,
  redact,
  levelEndpoint,
  ...options
}: LoggingOptions): Readonly<Record<string, unknown>> {
  return {
    ...options,
    ...(levelEndpoint !== undefined && { levelEndpoint: 'on' }),
    ...(sinks !== undefined && { sinks: sinks.map(({ name }) => name) }),
    ...(redact !== undefined && { redact: redact === false ? false : 'on' }),
  };
}
