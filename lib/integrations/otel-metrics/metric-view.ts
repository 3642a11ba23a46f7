import * as v from 'valibot';
import { group, list, option, type OptionDescription } from '../../options/description.js';
import { flag, text, matching, timerMs } from '../../options/standard-options.js';
import type { InstrumentDescription } from './instrument-description.js';

/** Result of a view for one instrument. */
export interface MetricView {
  /** Name in place of that of the instrument, in the form of OpenTelemetry: `http.server.duration`. @defaultValue unchanged */
  readonly name?: string;
  /** Help text in place of the description of the instrument. @defaultValue unchanged */
  readonly description?: string;
  /** Upper bounds of histogram buckets, ascending. @defaultValue those that the instrument advises, else those of OpenTelemetry */
  readonly buckets?: readonly number[];
  /** Attribute keys that become labels; values of other keys are added up. @defaultValue all */
  readonly attributeKeys?: readonly string[];
  /** Leaves the metric out. @defaultValue false */
  readonly drop?: boolean;
}

/** Changes the metrics of instruments. The first view that matches an instrument applies. */
export interface OtelView extends MetricView {
  /** Name of the instrument; `*` stands for any characters. @defaultValue `*` */
  readonly instrument?: string;
  /** Name of the meter; `*` stands for any characters. @defaultValue `*` */
  readonly meter?: string;
}

const pattern = () => text(255, { remedy: "Pass a name such as 'http.server.*'." });

/** Description of {@link OtelView}. */
const otelView = group<OtelView>({
  instrument: pattern(),
  meter: pattern(),
  name: option(matching(/^[a-zA-Z][a-zA-Z0-9_.\-/]{0,254}$/), {
    rule: 'a name of OpenTelemetry: a letter, then up to 254 letters, digits, dots, dashes, slashes and underscores',
    remedy: "Pass something like 'http.server.duration'.",
  }),
  description: text(1_024),
  buckets: option(
    v.pipe(
      v.array(v.number()),
      v.minLength(1),
      v.maxLength(1_000),
      v.check((it) => areBounds(it)),
    ),
    {
      rule: '1 to 1,000 finite numbers in ascending order',
      remedy: 'Pass something like [0.01, 0.1, 1].',
    },
  ),
  attributeKeys: list(text(255), {
    rule: 'an array of attribute keys',
    remedy: "Pass something like ['http.route'].",
  }),
  drop: flag(),
});

function areBounds(it: readonly number[]): boolean {
  return it.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > Number(it[i - 1])));
}

/** Returns the first view that matches an instrument; an empty one without a match. */
export function viewOf(
  views: readonly OtelView[],
  { name, scope }: InstrumentDescription,
): MetricView {
  const found = views.find(
    ({ instrument = '*', meter = '*' }) => matches(instrument, name) && matches(meter, scope.name),
  );
  return found ?? {};
}

function matches(wanted: string, name: string): boolean {
  if (wanted === '*') return true;
  const [first = '', ...rest] = wanted.toLowerCase().split('*');
  const text = name.toLowerCase();
  if (rest.length === 0) return text === first;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  if (text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

/** Options of `otelMetrics()`. */
export interface OtelMetricsOptions {
  /** Changes of names, buckets and labels; the first view that matches an instrument applies. @defaultValue none */
  readonly views?: readonly OtelView[];
  /** Gives each series the labels `otel_scope_name` and `otel_scope_version` of its meter. @defaultValue true */
  readonly scopeLabels?: boolean;
  /** Time limit of an asynchronous callback in milliseconds. A scrape waits for it. @defaultValue 1000 */
  readonly callbackTimeoutMs?: number;
}

/** Description of {@link OtelMetricsOptions}. The reference of options reads it. @public */
export const otelMetricsOptions: OptionDescription = group<OtelMetricsOptions>({
  views: list(otelView, {
    rule: 'an array of views',
    remedy: "Pass something like [{ instrument: 'http.*', attributeKeys: ['http.route'] }].",
  }),
  scopeLabels: flag(),
  callbackTimeoutMs: timerMs(),
});
