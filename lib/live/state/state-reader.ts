import { quantileOf } from '../../performance/latency-distribution.js';
import { Readings } from '../../performance/readings.js';
import { numberText, rounded } from '../quantity.format.js';
import { checkRows } from './rows/check-rows.js';
import { type CallSource, readCallRows } from './rows/call-rows.js';
import { readErrorRows } from './rows/error-rows.js';
import { Gauges } from './gauges.js';
import { HOUR_STEP_MS, readHour } from './hour.js';
import { callTables, type CallTable, type LiveMetrics, liveMetrics } from './live-metrics.js';
import type { LiveSources } from './live-sources.js';
import type { CallRow, ErrorRow, Hour, LiveState, StoreNumbers } from './live-state.js';
import { readProjectionRows } from './rows/projection-rows.js';
import { breakerRows, checkRowsOf, headOf, poolRows } from './rows/resource-rows.js';
import type { Judged } from './reasons.js';
import { SinceTimes } from './since-times.js';
import { tilesOf } from './tiles.js';
import { readTraceRows, type TraceRows } from './rows/trace-rows.js';
import { verdictOf } from './verdict.js';
import {
  gridUntil,
  readWindow,
  recentBuckets,
  recentSeconds,
  recentSum,
  type Window,
} from './window.js';

const SPARK_STEP_MS = 20_000;
const SPARK_SLOTS = 45;
/** The history has a tick at least this often. */
const LOOK_BACK_MS = 60_000;
const TRACES_MS = 5_000;
const FINDINGS_MS = 30_000;
const MOST_ROWS = 60;
const MOST_ERRORS = 20;
const MOST_FINDINGS = 12;

/** Parts that change with the ticks of the history. */
interface Paced {
  readonly window: Window;
  readonly calls: Readonly<Record<CallTable, readonly CallRow[]>>;
  readonly p95: number | undefined;
  readonly store: StoreNumbers;
  readonly errors: readonly ErrorRow[];
  readonly opened: ReadonlyMap<string, number>;
  readonly headroom: number | undefined;
  readonly left: Readonly<Record<string, number>>;
}

/** A value that is read anew when it is too old. */
interface Kept<T> {
  readonly atMs: number;
  readonly value: T;
}

/** Reads the state of the page. What is expensive is read no more often than it changes. */
export class StateReader {
  readonly #sources: LiveSources;
  readonly #names: LiveMetrics;
  readonly #readings: Readings;
  readonly #since: SinceTimes;
  #hour: Kept<Hour> | undefined;
  #paced: Kept<Paced> | undefined;
  #traces: Kept<TraceRows> | undefined;
  #findings: Kept<LiveState['findings']> | undefined;

  constructor(sources: LiveSources) {
    this.#sources = sources;
    this.#names = liveMetrics(sources.namespace);
    this.#readings = new Readings(sources.history);
    this.#since = new SinceTimes(sources);
  }

  /** Reads the state now. */
  async read(): Promise<LiveState> {
    const sources = this.#sources;
    const nowMs = sources.clock.wallMs();
    const gauges = new Gauges(await sources.snapshot());
    const hour = await this.#readHour(nowMs);
    const paced = await this.#readPaced(nowMs, gauges);
    const judged = await this.#judged(gauges, hour, paced);
    const alerts = sources.alerts?.current();
    const anomalies = sources.performance?.anomalies();
    const verdict = verdictOf(judged, { alerts, headroom: paced.headroom, anomalies });
    const traces = await this.#readTraces(nowMs);
    return {
      head: headOf(sources, { gauges, names: this.#names, checks: judged.checks }),
      verdict: { ...verdict, reasons: await this.#since.complete(verdict.reasons, nowMs) },
      hour,
      ...judged,
      store: paced.store,
      traces: traces.rows,
      tracesOff: traces.off,
      findings: this.#readFindings(nowMs),
      alerting: sources.alerts !== undefined,
      canSilence: sources.canSilence === true && sources.alerts !== undefined,
      logs: sources.logs !== undefined,
      left: paced.left,
    };
  }

  /** Reads the parts that the verdict is about. */
  async #judged(gauges: Gauges, hour: Hour, paced: Paced): Promise<Judged> {
    const { report, projections: progress } = this.#sources;
    const { calls, window, errors, p95, opened } = paced;
    const names = this.#names;
    const readings = this.#readings;
    const from = { readings, window, gauges, names, progress: progress?.() ?? [] };
    const projections = await readProjectionRows(from);
    const reported = await report?.checks();
    return {
      ...withInFlight(calls, gauges, names),
      projections,
      pools: poolRows(gauges, names),
      breakers: breakerRows(gauges, names, opened),
      checks: reported ? checkRows(reported) : checkRowsOf(gauges, names),
      errors,
      tiles: tilesOf({ hour, commands: calls.commands, projections, gauges, names, p95 }),
    };
  }

  async #readHour(nowMs: number): Promise<Hour> {
    // The slot that grows is read with each tick of the page.
    if (slotOfHour(this.#hour?.atMs) !== slotOfHour(nowMs)) {
      this.#hour = { atMs: nowMs, value: await readHour(this.#readings, this.#names, nowMs) };
    }
    return this.#hour!.value;
  }

  async #readPaced(nowMs: number, gauges: Gauges): Promise<Paced> {
    const range = { fromMs: nowMs - LOOK_BACK_MS, toMs: nowMs };
    const tickMs = (await this.#readings.ticks(this.#names.uptime, range)).at(-1) ?? 0;
    if (this.#paced?.atMs !== tickMs) {
      this.#paced = { atMs: tickMs, value: await this.#pacedNow(nowMs, gauges) };
    }
    return this.#paced.value;
  }

  async #pacedNow(nowMs: number, gauges: Gauges): Promise<Paced> {
    const names = this.#names;
    const readings = this.#readings;
    const grid = gridUntil(nowMs, SPARK_STEP_MS, SPARK_SLOTS);
    const window = await readWindow(readings, names.uptime, grid);
    const source: CallSource = { readings, window, gauges };
    const calls: Partial<Record<CallTable, readonly CallRow[]>> = {};
    const left: Record<string, number> = {};
    for (const table of callTables) {
      const rows = await readCallRows(names.calls[table], source);
      calls[table] = worst(rows);
      if (rows.length > MOST_ROWS) left[table] = rows.length - MOST_ROWS;
    }
    const histogram = names.calls.commands.duration;
    const buckets = await recentBuckets(readings, { histogram, labels: [], window });
    const errors = await readErrorRows(readings, names.errors, window);
    return {
      window,
      calls: calls as Paced['calls'],
      p95: rounded(quantileOf([...buckets.values()].flat(), 0.95)?.seconds),
      store: await this.#readStore(window, gauges),
      errors: errors.slice(0, MOST_ERRORS),
      opened: await this.#readOpened(window),
      headroom: await this.#sources.performance?.headroom(),
      left,
    };
  }

  async #readStore(window: Window, gauges: Gauges): Promise<StoreNumbers> {
    const { written, read, conflicts, active } = this.#names.store;
    const seconds = recentSeconds(window);
    const rateOf = async (metric: string) => {
      const { isKnown, perTick } = await this.#readings.growth(metric, window.ticks);
      return isKnown && seconds > 0 ? rounded(recentSum(window, perTick) / seconds) : undefined;
    };
    return {
      written: await rateOf(written),
      read: await rateOf(read),
      conflicts: await rateOf(conflicts),
      streams: gauges.one(active),
    };
  }

  async #readOpened({ ticks }: Window): Promise<ReadonlyMap<string, number>> {
    const opened = new Map<string, number>();
    for (const it of await this.#readings.growths(this.#names.breakers.transitions, ticks)) {
      if (it.labels.get('state') === 'open') opened.set(it.labels.get('breaker'), it.total);
    }
    return opened;
  }

  async #readTraces(nowMs: number): Promise<TraceRows> {
    const { traces } = this.#sources;
    if (traces === undefined)
      return { rows: [], off: 'The traces of a cluster are in its tracing backend.' };
    if (nowMs - (this.#traces?.atMs ?? -Infinity) >= TRACES_MS) {
      this.#traces = { atMs: nowMs, value: await readTraceRows(traces, nowMs) };
    }
    return this.#traces!.value;
  }

  #readFindings(nowMs: number): LiveState['findings'] {
    if (nowMs - (this.#findings?.atMs ?? -Infinity) < FINDINGS_MS) return this.#findings!.value;
    const all = this.#sources.report?.findings() ?? [];
    const hidden = all.length - MOST_FINDINGS;
    const more = { text: `${numberText(hidden)} more: npx observability doctor`, about: '' };
    const value = [...all.slice(0, MOST_FINDINGS), ...(hidden > 0 ? [more] : [])];
    this.#findings = { atMs: nowMs, value };
    return value;
  }
}

function slotOfHour(atMs: number | undefined): number {
  return Math.floor((atMs ?? Number.NaN) / HOUR_STEP_MS);
}

/** Keeps the rows with most trouble and traffic, by name. */
function worst(rows: readonly CallRow[]): readonly CallRow[] {
  if (rows.length <= MOST_ROWS) return rows;
  const weight = (it: CallRow) => it.calls * (it.failing ?? 0) * 1_000 + it.calls * (it.p95 ?? 0);
  const kept = new Set(rows.toSorted((a, b) => weight(b) - weight(a)).slice(0, MOST_ROWS));
  return rows.filter((it) => kept.has(it));
}

/** Calls in flight are those of now, not of the last tick of the history. */
function withInFlight(calls: Paced['calls'], gauges: Gauges, names: LiveMetrics): Paced['calls'] {
  const fresh = callTables.map((table) => {
    const { inFlight, labels } = names.calls[table];
    if (inFlight === undefined) return [table, calls[table]] as const;
    const now = gauges.all(inFlight);
    const rows = calls[table].map((row) => {
      const found = now.filter((it) => labels.every((l) => it.labels[l] === row.labels[l]));
      if (found.length === 0) return row;
      return { ...row, inFlight: found.reduce((sum, it) => sum + it.value, 0) };
    });
    return [table, rows] as const;
  });
  return Object.fromEntries(fresh) as unknown as Paced['calls'];
}
