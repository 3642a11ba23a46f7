import { labelNamesOf, type SeriesBlock } from '../../metrics/snapshot/snapshot.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import type { GroupedAlert } from '../notifications/notification-groups.js';
import type { AlertTexts } from '../receivers/alert-receiver.js';
import { plainText } from '../rules/number.format.js';

/** Sources of explanations. */
export interface ExplanationSources {
  /** Metrics with exemplars. */
  readonly registry: MetricRegistry | undefined;
  /** Returns the findings of `diagnose()`. */
  findings(): readonly { readonly text: string; readonly about: string }[];
  /** Address of a trace, with `{trace_id}`; empty for none. */
  readonly traceUrl: string;
  /** Address of the live page; empty for none. */
  readonly liveUrl: string;
}

const MOST_FINDINGS = 3;
const NOT_TELLING = ['alertname', 'severity', 'job', 'instance', 'service', 'environment'];

/** Returns what explains an alert, as annotations: its value, findings on it, and the trace of a call that it is about. */
export function explanationOf(alert: GroupedAlert, sources: ExplanationSources): AlertTexts {
  const { labels, value } = alert;
  const telling = Object.entries(labels.toJSON()).filter(([name]) => !NOT_TELLING.includes(name));
  const values = telling.map(([, it]) => it);
  const findings = sources.findings().filter(({ about }) => values.includes(about));
  const diagnosis = findings.slice(0, MOST_FINDINGS).map(({ text }) => text);
  const traceId = sources.registry && latestTrace(sources.registry, telling);
  const { traceUrl, liveUrl } = sources;
  return {
    value: plainText(value),
    ...(diagnosis.length > 0 && { diagnosis: diagnosis.join(' ') }),
    ...(traceId !== undefined && { trace_id: traceId }),
    ...(traceId !== undefined &&
      traceUrl !== '' && { trace_url: traceUrl.replaceAll('{trace_id}', traceId) }),
    ...(liveUrl !== '' && { live_url: liveUrl }),
  };
}

/** Returns the trace of the newest exemplar of a histogram with these labels; of a failed call, if one has an exemplar. */
function latestTrace(
  registry: MetricRegistry,
  telling: readonly (readonly [string, string])[],
): string | undefined {
  let best:
    { readonly traceId: string; readonly atMs: number; readonly failed: boolean } | undefined;
  for (const { definition, blocks } of registry.snapshot().metrics) {
    for (const block of blocks) {
      const names = labelNamesOf(definition, block);
      for (const { exemplar, labels } of exemplarsOf(block)) {
        const valueOf = (name: string) => labels[names.indexOf(name)];
        const isAbout = telling.some(([name, value]) => valueOf(name) === value);
        if (!isAbout || telling.some(([name, value]) => (valueOf(name) ?? value) !== value))
          continue;
        const failed = valueOf('outcome') === 'failure';
        const isBetter =
          best === undefined ||
          (failed && !best.failed) ||
          (failed === best.failed && exemplar.atMs > best.atMs);
        if (isBetter) best = { traceId: exemplar.traceId, atMs: exemplar.atMs, failed };
      }
    }
  }
  return best?.traceId;
}

function* exemplarsOf({ exemplars = [], labelSets, stride }: SeriesBlock) {
  for (const [i, exemplar] of exemplars.entries()) {
    const labels = labelSets[Math.floor(i / stride)];
    if (exemplar !== undefined && labels !== undefined) yield { exemplar, labels };
  }
}
