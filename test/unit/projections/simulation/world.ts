import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import type { Act, Setting } from './history.js';
import { type Now, Oracle } from './oracle.js';
import { Process } from './process.js';
import { Store, type StoredEvent } from './store.js';

const EPOCH = Date.UTC(2026, 0, 1);

interface Machine {
  process: Process;
  oracle: Oracle;
  /** Events that the process has applied of each log, committed or not. */
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

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#store = new Store(setting);
    this.#machines = [this.#boot(0), this.#boot(1)];
  }

  static async run(setting: Setting, acts: readonly Act[]): Promise<void> {
    const world = new World(setting);
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
      log.push({ position, recordedMs: storeMs + lateMs, matches });
    }
  }

  #log(partition: number): StoredEvent[] {
    return this.#store.logs[partition % this.#store.logs.length] as StoredEvent[];
  }

  async #observe(): Promise<void> {
    const now = this.#now();
    for (const { process, oracle } of this.#machines) {
      const hear = this.#store;
      hear.onRead = ({ of, works }) => {
        if (!works) oracle.unread();
        else if (of === 'checkpoint') oracle.checkpointsKnown(this.#store.rows, now);
        else oracle.headsRead(this.#store.rows, now);
      };
      await process.projections.observer.observe();
      hear.onRead = undefined;
    }
  }

  #project({ partition, events, commits }: Extract<Act, { act: 'project' }>): void {
    const machine = this.#owning;
    if (machine === undefined) return;
    const index = partition % this.#store.logs.length;
    const log = this.#log(partition);
    const { handler, recorder } = machine.process;
    const { times, commit, head } = this.#setting;
    const todo = log
      .map((event, i) => ({ event, end: i + 1 }))
      .slice(machine.applied[index])
      .filter(({ event }) => event.matches)
      .slice(0, events);
    for (const { event, end } of todo) {
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
    this.#store.rows[index] = last.end;
    if (commit !== 'push') return;
    recorder.checkpoint(
      last.event.position,
      this.#setting.partitions > 0 ? `p${index}` : undefined,
    );
    machine.oracle.committed(index, last.end, this.#now());
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
    const ends = this.#store.logs.map((log) => log.findLastIndex((it) => it.matches) + 1);
    if (ends.every((it) => it === 0)) return;
    const at = ends.map((end, i) => this.#store.logs[i]?.[end - 1]?.position);
    const named = at.flatMap((it, i) => (it === undefined ? [] : [[`p${i}`, it]]));
    const target = this.#setting.partitions === 0 ? (at[0] as number) : Object.fromEntries(named);
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
  readonly actual: Record<string, number>;
  readonly expected: Record<string, number>;
}

/** Seconds are sums and differences of milliseconds: compared to a microsecond. */
function assertSame(where: string, { actual, expected }: Compared): void {
  const names = [...new Set([...Object.keys(actual), ...Object.keys(expected)])];
  const wrong = names.filter((it) => rounded(actual[it]) !== rounded(expected[it]));
  if (wrong.length === 0) return;
  const lines = wrong.map((it) => `${it} is ${actual[it]}, and in truth ${expected[it]}`);
  throw new Error(`${where}: ${lines.join('; ')}`);
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1e6) / 1e6;
}
