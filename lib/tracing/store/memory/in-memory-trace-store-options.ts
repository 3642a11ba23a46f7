import { assertOptions } from '../../../options/assert-options.js';
import { group } from '../../../options/description.js';
import { callback, flag, wholeNumber } from '../../../options/standard-options.js';

const MEBIBYTE = 1_048_576;

/** Limits of an in-memory store. */
export interface InMemoryTraceStoreOptions {
  /** Maximum number of spans, 1 to 100000. @defaultValue 10000 */
  readonly maxSpans?: number | undefined;
  /** Maximum number of spans per trace, 1 to 100000; later ones are dropped and counted. @defaultValue 1000 */
  readonly maxSpansPerTrace?: number | undefined;
  /** Approximate memory limit of the spans in bytes, 64 KiB to 1 GiB. @defaultValue 16777216 (16 MiB) */
  readonly maxBytes?: number | undefined;
  /** Maximum length of a name, text or attribute value in characters, 16 to 1000000. @defaultValue 2048 */
  readonly textLimit?: number | undefined;
  /**
   * Also stores recorded spans that are not sampled, which exporters drop.
   *
   * @defaultValue false
   */
  readonly unsampled?: boolean | undefined;
  /** Receives errors that occur while a span is stored; the SDK never sees them. @defaultValue none */
  onFault?(error: unknown): void;
}

/** Resolved limits. */
export type InMemoryLimits = Required<{
  [K in Exclude<keyof InMemoryTraceStoreOptions, 'onFault'>]: NonNullable<
    InMemoryTraceStoreOptions[K]
  >;
}>;

/** Description of {@link InMemoryTraceStoreOptions}. */
export const inMemoryTraceStoreOptions = group<InMemoryTraceStoreOptions>(
  {
    maxSpans: wholeNumber(1, 100_000),
    maxSpansPerTrace: wholeNumber(1, 100_000),
    maxBytes: wholeNumber(MEBIBYTE / 16, 1024 * MEBIBYTE),
    textLimit: wholeNumber(16, 1_000_000),
    unsampled: flag(),
    onFault: callback('Pass (error) => void, or leave it out.'),
  },
  { rule: 'an object of options', remedy: 'Pass something like { maxSpans: 5000 }.' },
);

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function toInMemoryLimits(options: InMemoryTraceStoreOptions): InMemoryLimits {
  assertOptions('InMemoryTraceStore', inMemoryTraceStoreOptions, options);
  return {
    maxSpans: options.maxSpans ?? 10_000,
    maxSpansPerTrace: options.maxSpansPerTrace ?? 1000,
    maxBytes: options.maxBytes ?? 16 * MEBIBYTE,
    textLimit: options.textLimit ?? 2048,
    unsampled: options.unsampled ?? false,
  };
}
