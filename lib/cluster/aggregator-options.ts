import { assertOptions } from '../options/assert-options.js';
import { group, option, record } from '../options/description.js';
import { callback, flag, labelName, namespace, timerMs } from '../options/standard-options.js';

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

const text = option((it) => typeof it === 'string' && it.trim() !== '' && it.isWellFormed(), {
  rule: 'a text that is not blank',
  remedy: 'Pass a short text, or leave the option out.',
});

/** Description of {@link AggregatorOptions}. */
export const aggregatorOptions = group<AggregatorOptions>({
  timeoutMs: timerMs(),
  refreshMs: timerMs(),
  namespace: namespace({ remedy: "Pass the module's namespace, something like 'shop'." }),
  serviceName: text,
  environment: text,
  labels: record(
    { key: labelName(), value: text },
    {
      rule: 'an object of texts by label name',
      remedy: "Pass something like { region: 'eu' }.",
    },
  ),
  exemplars: flag(),
  created: flag(),
  warn: callback('Pass (message) => logger.warn(message).'),
});

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertAggregatorOptions(subject: string, options: unknown): void {
  assertOptions(subject, aggregatorOptions, options);
}
