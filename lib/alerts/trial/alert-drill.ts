import type { CurrentAlert } from '../../kernel/alert-port.js';
import type { SampleSeries } from '../../query/series-source.js';
import type { AlertingOptions } from '../alerting-options.js';
import { planOf } from '../alerting-plan.js';
import { RunningEngine } from '../engine/running-engine.js';
import type { AlertNotification } from '../receivers/alert-receiver.js';
import { sourceOf } from './rule-trial.js';
import { SimulatedTime } from './simulated-time.js';

/** Alerts and notifications of a drill. */
export interface AlertDrillOptions {
  readonly options: AlertingOptions;
  readonly namespace?: string | undefined;
  readonly serviceName: string;
  readonly series: readonly SampleSeries[];
  /** First evaluation: Unix time in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Event of a drill, at a Unix time in milliseconds. */
export type DrillEvent =
  | {
      /** `silenced` and `inhibited` are firing alerts whose notifications are kept back from now on. */
      readonly kind: 'pending' | 'firing' | 'silenced' | 'inhibited' | 'resolved' | 'inactive';
      readonly atMs: number;
      readonly alert: CurrentAlert;
    }
  | { readonly kind: 'notified'; readonly atMs: number; readonly notification: AlertNotification };

const INTERVAL_MS = 15_000;

/**
 * Evaluates the rules of a configuration on given series, and returns what happens. Nothing is sent: receivers are
 * replaced by ones that note what they would get.
 *
 * @throws ConfigurationError for options or a rule file that are invalid; the error of a rule that failed.
 */
export async function drillAlerts(drill: AlertDrillOptions): Promise<readonly DrillEvent[]> {
  const { options, namespace, startMs, endMs } = drill;
  const { intervalMs = INTERVAL_MS } = options;
  const time = new SimulatedTime(startMs);
  const events: DrillEvent[] = [];
  const faults: unknown[] = [];
  const note = async (notification: AlertNotification) =>
    void events.push({ kind: 'notified', atMs: time.wallMs(), notification });
  const receivers = options.receivers?.map((it) => ({ ...it, open: () => ({ send: note }) })) ?? [];
  const engine = new RunningEngine({
    clock: time,
    timers: time,
    serviceName: drill.serviceName,
    source: sourceOf(drill.series),
    options: { ...options, receivers },
    plan: planOf({ ...options, receivers }, namespace),
    join: () => undefined,
    statePath: () => undefined,
    report: (error) => faults.push(error),
  });
  await engine.open();
  const idle = () => engine.idle();
  let before = new Map<string, CurrentAlert>();
  for (let atMs = startMs; atMs <= endMs; atMs += intervalMs) {
    await time.passTo(atMs, idle);
    await engine.evaluate();
    if (faults.length > 0) throw faults[0];
    const now = new Map(engine.current().map((it) => [JSON.stringify(it.labels), it] as const));
    events.push(...changes(before, now, atMs));
    before = now;
    await idle();
  }
  await engine.close();
  const order = (it: DrillEvent) => Number(it.kind === 'notified');
  return events.toSorted((a, b) => a.atMs - b.atMs || order(a) - order(b));
}

function* changes(
  before: ReadonlyMap<string, CurrentAlert>,
  now: ReadonlyMap<string, CurrentAlert>,
  atMs: number,
): Generator<DrillEvent> {
  for (const [key, alert] of now) {
    const last = before.get(key);
    if (last?.state !== alert.state) yield { kind: alert.state, atMs, alert };
    if (alert.state === 'pending') continue;
    if (alert.silencedBy.length > 0 && !last?.silencedBy.length)
      yield { kind: 'silenced', atMs, alert };
    if (alert.isInhibited && last?.isInhibited !== true) yield { kind: 'inhibited', atMs, alert };
  }
  for (const [key, alert] of before)
    if (!now.has(key))
      yield { kind: alert.state === 'firing' ? 'resolved' : 'inactive', atMs, alert };
}
