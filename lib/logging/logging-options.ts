import type { CanActivate, Type } from '@nestjs/common';
import * as v from 'valibot';
import type { OptionDescription } from '../options/description.js';
import { group, list, option } from '../options/description.js';
import {
  flag,
  nameList,
  objectWith,
  OFF,
  oneOf,
  positive,
  ratio,
  text,
  timerMs,
  wholeNumber,
} from '../options/standard-options.js';
import type { TraceFields } from './encode/json.format.js';
import type { LogFormatName } from './encode/line-formats.js';
import type { LineLimits } from './encode/line-limits.js';
import type { RepeatedOptions } from './limits/repeated-lines.js';
import { logLevels } from './log-level.js';
import type { LogStoreOptions } from './log-store.js';
import type { LineLevels, WorkLines } from './observer/line-levels.js';
import type { RedactOptions } from './redaction/line-redactor.js';
import type { LogSink } from './sinks/log-sink.js';
import { formatName } from './sinks/sink-options.js';

/** Options of lines, wherever they come from. */
export interface LineOptions {
  /**
   * Levels: one, or several by target, such as `info,orders=debug,eventcore::command=warn`. A target covers those that
   * begin with it.
   *
   * @defaultValue `LOG_LEVEL`, else `NEST_LOG_LEVEL`, else `info`
   */
  readonly level?: string;
  /** Format of sinks that name none. @defaultValue `LOG_FORMAT`, else `pretty` on a terminal outside production, else `json` */
  readonly format?: LogFormatName;
  /** Places for lines. @defaultValue the logger of Nest for `logging()`; `[consoleSink()]` for `createNestLogger()` */
  readonly sinks?: readonly LogSink[];
  /** Redaction of secrets; `false` writes them. @defaultValue `{}` */
  readonly redact?: RedactOptions | false;
  /** Adds the handlers around a line as `spans`, the root first. @defaultValue false */
  readonly spans?: boolean;
  /**
   * Place of the trace and span id in JSON lines: `nested` in `span`; `flat` and `datadog` at the top; `gcp` under the
   * names of Google Cloud. @defaultValue 'nested'
   */
  readonly traceFields?: TraceFields;
  /**
   * Adds `source` to the lines that the application writes: file, line and function of the caller. It costs some
   * microseconds a line. @defaultValue false
   */
  readonly source?: boolean;
  /** Limits of one line. @defaultValue `{}` */
  readonly limits?: LineLimits;
  /** Replaces equal warnings and errors by a summary; `false` writes all. @defaultValue `{}` */
  readonly repeated?: RepeatedOptions | false;
}

/** Options of {@link logging}. */
export interface LoggingOptions extends LineOptions {
  /** Levels of the lines about the work of the application. @defaultValue `{}` */
  readonly lines?: WorkLines;
  /** Duration in milliseconds from which a success is a warning with `slow: true`. @defaultValue off */
  readonly slowMs?: number;
  /** Share of traces whose successes have lines, from 0 to 1. @defaultValue 1 */
  readonly sample?: number;
  /**
   * Gives each line within a handler its name and ids, and counts the events that a command appends. `auto` does so
   * where it is cheap: with OpenTelemetry, or from Node.js 24 on. @defaultValue 'auto'
   */
  readonly context?: boolean | 'auto';
  /**
   * Headers with the correlation id of an HTTP request, for all lines of the request where `context` is on. Pass false
   * at a public edge. @defaultValue ['x-correlation-id', 'x-request-id']
   */
  readonly correlationHeaders?: readonly string[] | false;
  /** Writes the ids of streams, which may be personal. @defaultValue true */
  readonly stream?: boolean;
  /**
   * Serves `PUT /logging/level` behind guards: `{ "level": "debug", "forMs": 600000 }` changes the levels of the
   * application, for ten minutes here. @defaultValue not served
   */
  readonly levelEndpoint?: LevelEndpointOptions;
  /** Remembers the last lines for {@link LogStore}. @defaultValue false */
  readonly store?: LogStoreOptions | boolean;
}

/** Options of the endpoint that changes levels. */
export interface LevelEndpointOptions {
  /** Guards of the endpoint, at least one: whoever passes them can fill a disk. */
  readonly guards: readonly Type<CanActivate>[];
  /** Path below the global prefix. @defaultValue 'logging/level' */
  readonly path?: string;
}

const MOST_LINES = 1_000_000;
const MOST_BYTES = 1_073_741_824;

const lineLevel = () =>
  option(v.union([v.literal(false), v.picklist(logLevels)]), {
    rule: `${logLevels.join(', ')} or false`,
    remedy: 'Pass a level, or false for no line.',
  });

const lineLevels = () =>
  group<LineLevels>(
    { success: lineLevel(), rejected: lineLevel(), failure: lineLevel() },
    { rule: 'levels by outcome, or false', remedy: 'Pass { success: false }, or false.', or: OFF },
  );

const isFlag = flag().schema;

/** Description of {@link RedactOptions}. */
const redactOptions = group<RedactOptions>(
  {
    keys: nameList(),
    allowKeys: nameList(),
    paths: nameList(),
    patterns: list(
      option(v.union([v.picklist(['email', 'card']), v.instance(RegExp)]), {
        rule: "a regular expression, 'email' or 'card'",
        remedy: 'Pass something like /\\bcust-\\d{6}\\b/.',
      }),
      { rule: 'an array of patterns', remedy: "Pass something like ['email']." },
    ),
    censor: text(),
  },
  { rule: 'an object of options, or false', remedy: 'Pass an object.', or: OFF },
);

function isGuards(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((it) => typeof it === 'function');
}

/** Descriptions of {@link LineOptions}. */
const lineMembers = {
  level: text(1_024),
  format: formatName(),
  sinks: list(objectWith(['open'], 'Pass the result of a sink function: consoleSink().'), {
    rule: 'an array of sinks',
    remedy: 'Pass something like [consoleSink()].',
  }),
  redact: redactOptions,
  spans: flag(),
  source: flag(),
  traceFields: oneOf(['nested', 'flat', 'datadog', 'gcp']),
  limits: group<LineLimits>({
    maxLineBytes: wholeNumber(1_024, MOST_BYTES),
    depth: wholeNumber(1, 32),
    keys: wholeNumber(1, 10_000),
    stringLength: wholeNumber(16, 1_048_576),
    stackLines: wholeNumber(0, 1_000),
  }),
  repeated: group<RepeatedOptions>(
    { after: wholeNumber(1, MOST_LINES), windowMs: timerMs() },
    { rule: 'an object of options, or false', remedy: 'Pass an object.', or: OFF },
  ),
};

/** Options of {@link createNestLogger}, described. */
export const lineOptions: OptionDescription = group<LineOptions>(lineMembers);

/** Description of {@link LoggingOptions}. The reference of options reads it. @public */
export const loggingOptions: OptionDescription = group<LoggingOptions>({
  ...lineMembers,
  lines: group<WorkLines>({
    command: lineLevels(),
    query: lineLevels(),
    projection: lineLevels(),
    append: lineLevels(),
    read: lineLevels(),
    retry: lineLevel(),
    state: flag(),
  }),
  slowMs: positive('milliseconds'),
  sample: ratio(),
  context: option(v.union([v.literal('auto'), v.boolean()]), {
    rule: "true, false or 'auto'",
    remedy: "Pass 'auto'.",
  }),
  correlationHeaders: option(
    v.union([v.literal(false), v.array(v.pipe(v.string(), v.nonEmpty()))]),
    {
      rule: 'an array of header names, or false',
      remedy: "Pass something like ['x-request-id'].",
    },
  ),
  stream: flag(),
  levelEndpoint: group<LevelEndpointOptions>({
    guards: option(isGuards, {
      required: true,
      rule: 'an array of guard classes, at least one',
      remedy: 'Pass something like [AdminGuard].',
    }),
    path: text(),
  }),
  store: group<LogStoreOptions>(
    {
      maxLines: wholeNumber(1, MOST_LINES),
      maxBytes: wholeNumber(1_024, MOST_BYTES),
      maxAgeMs: positive('milliseconds'),
    },
    { rule: 'an object of options, true or false', remedy: 'Pass true.', or: isFlag },
  ),
});
