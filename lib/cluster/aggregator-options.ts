import { labelNameProblem } from '../kernel/label.js';
import {
  assertExporterOptions,
  durationRule,
  type ExporterOptionRule,
  type ExporterOptionRules,
  isRecordOf,
} from '../exporters/port/exporter-option-rules.js';

/** How the metrics of all workers or threads are put together. */
export interface AggregatorOptions {
  /**
   * Milliseconds that a member has to tell its metrics, above 0; one that takes longer stands with what it told last.
   *
   * @defaultValue 2000
   */
  readonly timeoutMs?: number;
  /**
   * Milliseconds after which members are asked although nobody scrapes, above 0: as old may be what is known of one that
   * is killed. @defaultValue 10000
   */
  readonly refreshMs?: number;
  /** The option `namespace` of the applications. @defaultValue 'eventcore' */
  readonly namespace?: string;
  /** Global label `service` of what is served here; applications put theirs on their own answers. @defaultValue no label */
  readonly serviceName?: string;
  /** Global label `environment` of what is served here. @defaultValue no label */
  readonly environment?: string;
  /** Further global labels of what is served here. @defaultValue none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Shows, in OpenMetrics, the most recent sampled span of each bucket. @defaultValue true */
  readonly exemplars?: boolean;
  /** Shows, in OpenMetrics, when each counter and histogram began to count. @defaultValue false */
  readonly created?: boolean;
  /** Takes faults, at most one a minute. @defaultValue `process.emitWarning` */
  readonly warn?: (message: string) => void;
}

const text: ExporterOptionRule = {
  accepts: (it) => typeof it === 'string' && it.trim() !== '' && it.isWellFormed(),
  rule: 'a text that is not empty',
  remedy: 'Pass a short text, or leave the option out.',
};
const on: ExporterOptionRule = {
  accepts: (it) => typeof it === 'boolean',
  rule: 'true or false',
  remedy: 'Pass a boolean.',
};

const rules: ExporterOptionRules = {
  timeoutMs: durationRule,
  refreshMs: durationRule,
  namespace: {
    accepts: (it) => typeof it === 'string' && /^[a-z](?:[a-z0-9_]{0,30}[a-z0-9])?$/.test(it),
    rule: '1 to 32 lower-case letters, digits and underscores, the first a letter and the last no underscore',
    remedy: "Pass the module's namespace, something like 'shop'.",
  },
  serviceName: text,
  environment: text,
  labels: {
    accepts: (it) =>
      isRecordOf(it, (value) => text.accepts(value)) &&
      Object.keys(it as object).every(
        (name) => labelNameProblem(name) === undefined && !['le', 'quantile'].includes(name),
      ),
    rule: 'texts by label name',
    remedy: "Pass something like { region: 'eu' }.",
  },
  exemplars: on,
  created: on,
  warn: {
    accepts: (it) => typeof it === 'function',
    rule: 'a function',
    remedy: 'Pass (message) => logger.warn(message).',
  },
};

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertAggregatorOptions(subject: string, options: unknown): void {
  assertExporterOptions(subject, options, rules);
}
