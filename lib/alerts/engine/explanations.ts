import { labelNamesOf, type MetricSnapshot } from '../../metrics/snapshot/snapshot.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import type { AlertExplanations } from '../notifications/notification.js';
import type { GroupedAlert } from '../notifications/notification-groups.js';
import type { AlertTexts } from '../receivers/alert-receiver.js';
import { readableText } from '../templates/number.format.js';

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

type Finding = ReturnType<ExplanationSources['findings']>[number];

/** Explains alerts by their values, findings on them, and the traces of calls that they are about. */
export class Explanations implements AlertExplanations {
  readonly #sources: ExplanationSources;
  #findings: readonly Finding[] | undefined;
  #traces: LatestTraces | undefined;

  /** Findings and traces are looked up once, when the first alert asks for them. */
  constructor(sources: ExplanationSources) {
    this.#sources = sources;
  }

  /** {@inheritDoc AlertExplanations.of} */
  of({ labels, value }: GroupedAlert): AlertTexts {
    const { traceUrl, liveUrl } = this.#sources;
    const telling = Object.entries(labels.toJSON()).filter(([name]) => !NOT_TELLING.includes(name));
    const diagnosis = this.#diagnosisOf(telling.map(([, it]) => it));
    const traceId = this.#traceOf(telling);
    return {
      value: readableText(value),
      ...(diagnosis !== '' && { diagnosis }),
      ...(traceId !== undefined && { trace_id: traceId }),
      ...(traceId !== undefined &&
        traceUrl !== '' && { trace_url: traceUrl.replaceAll('{trace_id}', traceId) }),
      ...(liveUrl !== '' && { live_url: liveUrl }),
    };
  }

  #diagnosisOf(values: readonly string[]): string {
    this.#findings ??= this.#sources.findings();
    // A finding is about `exporter otlp`, or `jobs OBS_TIMEOUT`; an alert has a label with one of these words.
    const found = this.#findings.filter(({ about }) =>
      about.split(' ').some((it) => values.includes(it)),
    );
    const texts = found.slice(0, MOST_FINDINGS).map(({ text }) => text);
    return texts.join(' ');
  }

  #traceOf(telling: Pairs): string | undefined {
    const { registry } = this.#sources;
    if (registry === undefined || telling.length === 0) return undefined;
    this.#traces ??= new LatestTraces(registry.snapshot().metrics);
    return this.#traces.of(telling);
  }
}

/** Labels with their values. */
type Pairs = readonly (readonly [name: string, value: string])[];

interface Trace {
  readonly traceId: string;
  readonly atMs: number;
  readonly failed: boolean;
  readonly labels: ReadonlyMap<string, string>;
}

/** Traces of exemplars, by the labels of their series. */
class LatestTraces {
  readonly #ofLabel = new Map<string, Trace[]>();

  constructor(metrics: readonly MetricSnapshot[]) {
    for (const it of metrics) {
      for (const trace of tracesOf(it)) {
        for (const pair of trace.labels) {
          const key = JSON.stringify(pair);
          const known = this.#ofLabel.get(key);
          if (known === undefined) this.#ofLabel.set(key, [trace]);
          else known.push(trace);
        }
      }
    }
  }

  /** Returns the newest trace of a series with these labels; of a failed call, if there is one. */
  of(telling: Pairs): string | undefined {
    let best: Trace | undefined;
    for (const pair of telling) {
      for (const it of this.#ofLabel.get(JSON.stringify(pair)) ?? []) {
        if (telling.some(([name, value]) => (it.labels.get(name) ?? value) !== value)) continue;
        if (best === undefined || isBetter(it, best)) best = it;
      }
    }
    return best?.traceId;
  }
}

function isBetter(it: Trace, best: Trace): boolean {
  return it.failed === best.failed ? it.atMs > best.atMs : it.failed;
}

function* tracesOf({ definition, blocks }: MetricSnapshot): Generator<Trace> {
  for (const block of blocks) {
    const { exemplars = [], labelSets, stride } = block;
    const names = labelNamesOf(definition, block);
    for (const [i, exemplar] of exemplars.entries()) {
      const values = labelSets[Math.floor(i / stride)];
      if (exemplar === undefined || values === undefined) continue;
      const labels = new Map(names.map((name, n) => [name, values[n] ?? '']));
      const failed = labels.get('outcome') === 'failure';
      const { traceId, atMs } = exemplar;
      yield { traceId, atMs, failed, labels };
    }
  }
}
