import { jsonText, jsonValue } from '../encode/json-text.format.js';
import type { LogLevel } from '../log-level.js';
import type { LogRecord } from '../log-record.js';
import type { QueuedLine } from './network/ship-queue.js';

/** Labels by name, of which a stream consists. */
export type StreamLabels = Readonly<Record<string, string>>;

/** Settings of the streams of one sink. */
export interface PushSettings {
  /** Returns the labels of the lines of a level. */
  labelsOf(level: LogLevel): StreamLabels;
  /** Returns the text of a record. */
  line(record: LogRecord): string;
}

/**
 * Returns the body of a push request: one stream for each set of labels, its lines by time, the ids of traces as
 * structured metadata.
 * Source: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export function encodePush(lines: readonly QueuedLine[], settings: PushSettings): string {
  const byLevel = new Map<LogLevel, LogRecord[]>();
  for (const { record } of lines) {
    const same = byLevel.get(record.level);
    if (same === undefined) byLevel.set(record.level, [record]);
    else same.push(record);
  }
  const streams = [...byLevel].map(([level, records]) => {
    const values = records
      .toSorted((a, b) => a.timeMs - b.timeMs)
      .map((it) => valueText(it, settings.line(it)));
    return `{"stream":${jsonValue(settings.labelsOf(level))},"values":[${values.join(',')}]}`;
  });
  return `{"streams":[${streams.join(',')}]}`;
}

function valueText({ timeMs, span }: LogRecord, text: string): string {
  const ids = span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
  const metadata = span === undefined ? '' : `,${jsonValue(ids)}`;
  return `["${unixNanos(timeMs)}",${jsonText(text)}${metadata}]`;
}

/** Returns Unix time in nanoseconds, which a number cannot represent. */
export function unixNanos(timeMs: number): string {
  const wholeMs = Math.floor(timeMs);
  const nanos = Math.floor((timeMs - wholeMs) * 1_000_000);
  return String(BigInt(wholeMs) * 1_000_000n + BigInt(nanos));
}
