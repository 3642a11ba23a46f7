import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import type { Act, Setting } from './history.js';
import { type Now, Oracle } from './oracle.js';
import { Process } from './process.js';
import { Store, type StoredEvent } from './store.js';

/** The pace of a rebuild is one of the readings; late and partial ones are not compared. */
const PACE = ['rebuild_progress_ratio', 'rebuild_remaining_seconds'];

const EPOCH = Date.UTC(2026, 0, 1);

interface Machine {
  process: Process;
  oracle: Oracle;
  /** Position up to which the process has applied each log, committed or not. */
  applied: number[];
}

/** Two processes, of which one at most owns the projection, and a store; after each act both publish what they should. */
export class World {
  readonly #setting: Setting;
  readonly #store: Store;
  readonly #clock = new ManualClock(EPOCH);
  readonly #machines: Machine[];
  #storeOffsetMs = 0;
  #owner: 0 | 1 | -1 = 0;
  readonly #hasPace: boolean;

  constructor(setting: Setting, hasPace: boolean) {
    this.#setting = setting;
    this.#hasPace = hasPace;
    this.#store = new Store(setting);
    this.#machines = [this.#boot(0), this.#boot(1)];
  }

  static async run(setting: Setting, acts: readonly Act[]): Promise<void> {
    const hasSlow = acts.some((it) => it.act === 'look');
    const world = new World(setting, !hasSlow && !setting.declared);
    world.#check();
    for (const act of acts) {
      await world.#do(act);
      // What does not concern the other process is not looked at there: it takes half of the time.
      world.#check(act.act === 'observe' || act.act === 'handOver' || act.act === 'restart');
    }
  }

  #boot(index: number): Machine {
    const isOwner = () => this.#owner === index;
    const process = new Process(this.#store, this.#setting, this.#clock, isOwner);
    const oracle = new Oracle(this.#setting, this.#store.logs, this.#now());
    return { process, oracle, applied: this.#store.rows.map((it) => it ?? 0) };
  }

  #now(): Now {
    return { ms: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }

  get #owning(): Machine | undefined {
    return this.#machines[this.#owner];
  }

  #check(isAll = true): void {
    const now = this.#now();
    for (const [index, { process, oracle }] of this.#machines.entries()) {
      if (!isAll && this.#owner !== index) continue;
      oracle.owns(this.#owner === index, now);
      const { stalled, unreadable } = process.recorder.progress();
      const skewed = process.faults.filter((it) => it === 'clock_skew').length;
      const owned = this.#owner === index;
      assertSame(`process ${index}`, {
        ignored: this.#hasPace ? [] : PACE,
        actual: {
          ...process.published(),
          skewed,
          ...(owned && { stalled: Number(stalled), unreadable: Number(unreadable) }),
        },
        expected: {
          ...oracle.published(now),
          skewed: oracle.counts.skewed,
          ...(owned && {
            stalled: Number(oracle.isStalled(now)),
            unreadable: Number(oracle.isUnreadable(now)),
          }),
        },
      });
    }
  }

  async #do(act: Act): Promise<void> {
    switch (act.act) {
      case 'append':
        return this.#append(act);
      case 'advance':
        return this.#clock.advance(act.ms);
      case 'observe':
        return this.#observe();
      case 'look':
        return this.#look(act);
      case 'rewind':
        return this.#rewind(act);
      case 'restore':
        return this.#restore(act);
      case 'project':
        return this.#project(act);
      case 'fail':
        return this.#fail();
      case 'restart':
        this.#machines[act.process] = this.#boot(act.process);
        return;
      case 'head':
        this.#store.headWorks = act.works;
        return;
      case 'checkpoints':
        this.#store.checkpointsWork = act.work;
        return;
      case 'setClock':
        return this.#clock.setWall(EPOCH + this.#clock.monotonicMs() + act.offsetMs);
      case 'setStoreClock':
        this.#storeOffsetMs = act.offsetMs;
        return;
      case 'handOver':
        return this.#handOver(act.to);
      default:
        return this.#command(act.act);
    }
  }

  #append({ partition, events }: Extract<Act, { act: 'append' }>): void {
    const log = this.#log(partition);
    for (const { matches, gap, lateMs } of events) {
      const position = (log.at(-1)?.position ?? 0) + (this.#setting.gapped ? gap : 1);
      const storeMs = EPOCH + this.#clock.monotonicMs() + this.#storeOffsetMs;
      const isMatch = matches || !this.#setting.filtered;
      log.push({ position, recordedMs: storeMs + lateMs, matches: isMatch });
    }
  }

  #log(partition: number): StoredEvent[] {
    return this.#store.logs[partition % this.#store.logs.length] as StoredEvent[];
  }

  async #observe(): Promise<void> {
    for (const machine of this.#machines) await this.#observeBy(machine);
  }

  async #observeBy({ process, oracle }: Machine): Promise<void> {
    this.#store.onRequest = ({ of, works }) => {
      const look = oracle.asks(this.#store.rows, this.#now());
      return () => {
        if (!works) oracle.unread(look);
        else if (of === 'checkpoint') oracle.checkpointsRead(look, this.#now());
        else oracle.headsRead(look, this.#now());
      };
    };
    await process.projections.observer.observe();
    this.#store.onRequest = undefined;
  }

  /** Much happens between the request of a look and its answer. */
  async #look({ slow, during }: Extract<Act, { act: 'look' }>): Promise<void> {
    const machine = this.#owning;
    if (machine === undefined) return;
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    this.#store.slow = { of: slow, until };
    const observed = this.#observeBy(machine);
    // The requests before the slow one are answered.
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
    for (const act of during) {
      await this.#do(act);
      this.#check();
    }
    this.#store.slow = undefined;
    release();
    await observed;
  }

  #rewind({ partition, events }: Extract<Act, { act: 'rewind' }>): void {
    const machine = this.#owning;
    if (machine === undefined) return;
    const all = this.#store.logs.map((_, i) => i);
    const logs = partition < 0 ? all : [partition % all.length];
    for (const i of logs) {
      const before = this.#store.logs[i]?.filter((it) => it.position < (this.#store.rows[i] ?? 0));
      const row = before?.at(-events)?.position;
      machine.applied[i] = row ?? 0;
      // A handler commits what it applies again.
      if (this.#setting.commit !== 'handler') this.#store.rows[i] = row;
    }
    if (this.#setting.commit === 'push') this.#report(machine, partition < 0 ? all : logs);
  }

  #report({ process, oracle }: Machine, logs: readonly number[]): void {
    const { rows, names } = this.#store;
    const now = this.#now();
    if (logs.length === rows.length && (logs.length > 1 || this.#setting.partitions === 0)) {
      process.recorder.checkpoint(this.#store.checkpoint());
      return oracle.checkpointsKnown(rows, now);
    }
    for (const i of logs) {
      process.recorder.checkpoint(rows[i] ?? null, names[i]);
      oracle.committed(i, rows[i], now);
    }
  }

  /** The log ends earlier than it did, as after a backup was restored; checkpoints stay. */
  #restore({ partition, events }: Extract<Act, { act: 'restore' }>): void {
    const log = this.#log(partition);
    log.splice(Math.max(0, log.length - events));
  }

  #project({ partition, events, commits }: Extract<Act, { act: 'project' }>): void {
    const machine = this.#owning;
    if (machine === undefined) return;
    const index = partition % this.#store.logs.length;
    const log = this.#log(partition);
    const { handler, recorder } = machine.process;
    const { times, commit, head } = this.#setting;
    const todo = log
      .filter((it) => it.matches && it.position > (machine.applied[index] ?? 0))
      .slice(0, events);
    for (const event of todo) {
      const end = event.position;
      const position = commit === 'handler' ? event.position : undefined;
      handler.applied?.(times ? event.recordedMs : NaN, position);
      handler.succeeded(0.01, 1, undefined);
      machine.oracle.applied([times ? event.recordedMs : undefined], this.#now());
      machine.applied[index] = end;
      if (commit === 'handler') {
        this.#store.rows[index] = end;
        if (head !== 'combined') this.#committedByHandler(machine, end);
      }
    }
    const last = todo.at(-1);
    if (last === undefined || !commits || commit === 'handler') return;
    this.#store.rows[index] = last.position;
    if (commit !== 'push') return;
    recorder.checkpoint(
      last.position,
      this.#setting.partitions > 0 ? this.#store.names[index] : undefined,
    );
    machine.oracle.committed(index, last.position, this.#now());
  }

  /** What handlers applied is looked at when somebody looks. */
  #committedByHandler({ process, oracle }: Machine, end: number): void {
    process.recorder.progress();
    oracle.committed(0, end, this.#now());
  }

  #fail(): void {
    const machine = this.#owning;
    machine?.process.handler.failed(0.01, 1, { type: 'Error', category: 'permanent' });
    machine?.oracle.failed(this.#now());
  }

  #handOver(to: 0 | 1 | -1): void {
    if (to === this.#owner) return;
    this.#owner = to;
    const machine = this.#owning;
    if (machine !== undefined) machine.applied = this.#store.rows.map((it) => it ?? 0);
  }

  #command(act: 'pause' | 'resume' | 'rebuild' | 'completeRebuild' | 'deleteCheckpoint'): void {
    const machine = this.#owning;
    if (machine === undefined) return;
    const { recorder } = machine.process;
    const now = this.#now();
    if (act === 'rebuild') return this.#rebuild(machine);
    if (act === 'deleteCheckpoint') return this.#reset(machine);
    recorder[act]();
    if (act === 'pause') machine.oracle.pause();
    else if (act === 'resume') machine.oracle.resume(now);
    else machine.oracle.completeRebuild(now);
  }

  #rebuild(machine: Machine): void {
    const ends = this.#store.logs.map((log) => log.findLast((it) => it.matches)?.position ?? 0);
    if (ends.every((it) => it === 0)) return;
    const named = ends.flatMap((it, i) => (it === 0 ? [] : [[this.#store.names[i], it]]));
    const target = this.#setting.partitions === 0 ? (ends[0] as number) : Object.fromEntries(named);
    machine.process.recorder.beginRebuild(target);
    machine.oracle.beginRebuild(ends);
    this.#reset(machine);
  }

  #reset(machine: Machine): void {
    this.#store.rows.fill(undefined);
    machine.applied.fill(0);
    if (this.#setting.commit !== 'push') return;
    machine.process.recorder.checkpoint(null);
    machine.oracle.checkpointsKnown(this.#store.rows, this.#now());
  }
}

interface Compared {
  readonly ignored: readonly string[];
  readonly actual: Record<string, number>;
  readonly expected: Record<string, number>;
}

/** Seconds are sums and differences of milliseconds: compared to a microsecond. */
function assertSame(where: string, { actual, expected, ignored }: Compared): void {
  const names = [...new Set([...Object.keys(actual), ...Object.keys(expected)])];
  const compared = names.filter((it) => !ignored.includes(it));
  const wrong = compared.filter((it) => rounded(actual[it]) !== rounded(expected[it]));
  if (wrong.length === 0) return;
  const lines = wrong.map((it) => `${it} is ${actual[it]}, and in truth ${expected[it]}`);
  throw new Error(`${where}: ${lines.join('; ')}`);
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1e6) / 1e6;
}
