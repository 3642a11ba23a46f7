import type { CurrentAlert } from '../../kernel/alert-port.js';
import { numberText, rateText, secondsText } from '../quantity.format.js';
import type { Anomaly } from '../../performance/anomaly-watch.js';
import { causeOf, type Judged, reasonsOf, unusualReasons } from './reasons.js';
import type { Reason, Tile, TileName, Verdict } from './live-state.js';
import { tileText } from './tiles.js';

/** Facts of a verdict beside the state. */
export interface VerdictFacts {
  /** Alerts of an engine; absent where none evaluates them. */
  readonly alerts?: readonly CurrentAlert[] | undefined;
  /** Commands per second at which the event loop is full. */
  readonly headroom?: number | undefined;
  /** Signals that differ from their past. */
  readonly anomalies?: readonly Anomaly[] | undefined;
}

const MOST_REASONS = 8;
const MOST_TOLD = 2;

/** Says in words how the service is. */
export function verdictOf(state: Judged, facts: VerdictFacts): Verdict {
  const { alerts, headroom, anomalies = [] } = facts;
  const notes = unusualReasons(anomalies);
  const found = reasonsOf(state);
  const all = aboutService(grouped(alerts === undefined ? found : merged(alerts, found)));
  const reasons = all.slice(0, MOST_REASONS);
  const isFailing = reasons.some(({ level }) => level === 'bad');
  if (reasons.length > 0) {
    const cause = causeOf(all);
    const text = `${troubles(all)}${cause === undefined ? '' : ` Likely cause: ${cause}.`}`;
    return { level: isFailing ? 'failing' : 'degraded', text, reasons: [...reasons, ...notes] };
  }
  const calls = [...state.commands, ...state.queries, ...state.routes];
  if (calls.every((it) => it.calls === 0) && state.projections.length === 0) {
    return {
      level: 'idle',
      text: 'Nothing has been called in the last five minutes.',
      reasons: notes,
    };
  }
  return { level: 'healthy', text: wellText(state, headroom), reasons: notes };
}

function wellText({ tiles, projections }: Judged, headroom: number | undefined): string {
  const of = (name: TileName) => tiles.find((it) => it.name === name) as Tile;
  const parts: string[] = [];
  if (of('rate').value !== undefined) {
    const failing = of('failing').value === undefined ? [] : [`${tileText(of('failing'))} failing`];
    const p95 = of('p95').value === undefined ? [] : [`p95 ${tileText(of('p95'))}`];
    const rate = `${rateText(of('rate').value).replace('/s', ' commands per second').replace('/min', ' commands per minute')}`;
    parts.push(`${[rate, ...p95, ...failing].join(', ')}.`);
  }
  const rebuilding = projections.filter(({ state }) => state === 'rebuilding');
  const behind = projections.filter(
    ({ state, lagEvents = 0 }) => state !== 'rebuilding' && lagEvents > 0,
  );
  if (rebuilding.length > 0) parts.push(`${names(rebuilding)} is being rebuilt.`);
  else if (projections.length > 0 && behind.length === 0)
    parts.push('All projections are caught up.');
  else if (behind.length > 0) {
    const worst = Math.max(...behind.map(({ lagSeconds = 0 }) => lagSeconds));
    parts.push(`Projections are at most ${secondsText(worst)} behind.`);
  }
  if (headroom !== undefined && Number.isFinite(headroom)) {
    const room = numberText(Number(headroom.toPrecision(2)));
    parts.push(`Room for about ${room} commands per second before the event loop is full.`);
  }
  return parts.join(' ');
}

function names(rows: readonly { readonly name: string }[]): string {
  return rows.map(({ name }) => name).join(', ');
}

/** The first troubles in one sentence; the list below it has all of them in full. */
function troubles(reasons: readonly Reason[]): string {
  const first = reasons.slice(0, MOST_TOLD);
  const clauses = first.map(({ about, others = [], text }) => {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return `${about}${more}: ${text.split(/[,;]/, 1)[0]!}`;
  });
  const more = reasons.length - first.length;
  return `${[...clauses, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')}.`;
}

/** Returns one reason for each alert and state: the first of them, with the names of the others. */
function grouped(reasons: readonly Reason[]): Reason[] {
  const groups = new Map<string, Reason[]>();
  for (const it of reasons) {
    const key = `${it.alert} ${it.state}`;
    groups.set(key, [...(groups.get(key) ?? []), it]);
  }
  return [...groups.values()].map(([first, ...rest]) => {
    if (rest.length === 0) return first!;
    // A silence is about one of them.
    const { silence: _, ...reason } = first!;
    return { ...reason, others: rest.map(({ about }) => about) };
  });
}

/** Alerts of an engine come first; a finding about the same alert and subject explains one of them. */
function merged(alerts: readonly CurrentAlert[], found: readonly Reason[]): Reason[] {
  const told = new Set<Reason>();
  const firing = alerts
    // The watchdog always fires; an inhibited alert is told by the one that inhibits it.
    .filter(({ severity, isInhibited }) => severity !== 'none' && !isInhibited)
    .toSorted((a, b) => Number(b.state === 'firing') - Number(a.state === 'firing'))
    .map((it) => {
      const same = found.filter((f) => f.alert === it.name && isAbout(f, it));
      for (const one of same) told.add(one);
      return alertReason(it, same[0]);
    });
  return [...firing, ...found.filter((it) => !told.has(it))];
}

/** Returns true for a finding about the subject of an alert: `POST /orders` is about the route `/orders`. */
function isAbout({ about }: Reason, { labels }: CurrentAlert): boolean {
  return Object.values(labels).some((it) => about === it || about.endsWith(` ${it}`));
}

/** Alerts on the observation itself. */
const ON_TELEMETRY = /^(?:Telemetry|SeriesFolded|Export|Scrape|LogSink|LogLines)/;

/** Puts what is wrong with the service before what is wrong with its observation. */
function aboutService(reasons: readonly Reason[]): readonly Reason[] {
  const isOther = ({ alert = '' }: Reason) => ON_TELEMETRY.test(alert);
  return reasons.toSorted((a, b) => Number(isOther(a)) - Number(isOther(b)));
}

function alertReason(it: CurrentAlert, same: Reason | undefined): Reason {
  const { alertname: _, severity, job: _job, instance: _instance, ...labels } = it.labels;
  const isSilenced = it.silencedBy.length > 0;
  const isCritical = it.state === 'firing' && severity === 'critical';
  const isBad = !isSilenced && (isCritical || same?.level === 'bad');
  return {
    level: isBad ? 'bad' : 'warn',
    alert: it.name,
    about: same?.about ?? Object.values(labels).join(' '),
    text: same?.text ?? it.annotations['summary'] ?? '',
    state: isSilenced ? 'silenced' : it.state,
    sinceMs: it.activeAtMs,
    link: same?.link,
    ...(!isSilenced && { silence: it.labels }),
  };
}
