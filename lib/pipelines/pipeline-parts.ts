import { toLabelValue } from '../kernel/label.js';
import type { PipelineConnection, PipelineInstruments } from './connection.js';
import { EventTimes } from './event-times.js';
import { PipelineWatch } from './health/pipeline-watch.js';
import { Runs } from './runs.js';
import { Stage } from './stage.js';
import { Stream } from './stream.js';
import type { StreamOptions } from './stream-options.js';

/** Streams, stages and runs of one pipeline, each made once per name. */
export class PipelineParts {
  readonly name: string;
  readonly connection: PipelineConnection;
  readonly runs = new Runs();
  readonly #times = new EventTimes();
  readonly #streams = new Map<string, Stream>();
  readonly #stages = new Map<string, Stage>();
  readonly #ages = { seconds: 0, events: 0 };
  readonly watch = new PipelineWatch({
    streams: this.#streams,
    stages: this.#stages,
    runs: this.runs,
    ages: this.#ages,
  });

  constructor(name: string, connection: PipelineConnection) {
    this.name = name;
    this.connection = connection;
  }

  /** Number of streams that something subscribes to. */
  get activeStreams(): number {
    return [...this.#streams.values()].filter(({ isActive }) => isActive).length;
  }

  stream<T>(name: string, options: StreamOptions<T>): Stream {
    const stream = nameOf(name);
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    const role = options.role ?? (this.#streams.size === 0 ? 'input' : 'output');
    const labels = { pipeline: this.name, stream };
    const made = new Stream({ labels, role, options, ages: this.#ages, ...this.#shared });
    this.#streams.set(stream, made);
    return made;
  }

  stage(name: string, type?: string): Stage {
    const stage = nameOf(name);
    let found = this.#stages.get(stage);
    if (found === undefined) {
      found = new Stage({ labels: { pipeline: this.name, stage }, ...this.#shared });
      this.#stages.set(stage, found);
    }
    if (type !== undefined) found.type = type;
    return found;
  }

  /** Brings all series up to date. */
  publish(instruments: PipelineInstruments, nowMs: number): void {
    const oldest = this.#oldestEvents();
    for (const it of this.#streams.values()) it.publish(instruments, oldest.get(it));
    for (const it of this.#stages.values()) it.publish(instruments, nowMs);
    this.runs.publish(instruments, this.name);
    const { score } = this.watch.health(nowMs);
    instruments.pipelines.health.labels({ pipeline: this.name }).set(score);
  }

  /** Returns the event time of the oldest event of each stream that waits for a stage: Unix time in milliseconds. */
  #oldestEvents(): ReadonlyMap<object, number> {
    const oldest = new Map<object, number>();
    for (const event of [...this.#stages.values()].flatMap((it) => it.oldestEvents())) {
      const time = this.#times.of(event);
      if (time === undefined) continue;
      oldest.set(time.stream, Math.min(oldest.get(time.stream) ?? Infinity, time.ms));
    }
    return oldest;
  }

  get #shared() {
    return { connection: this.connection, times: this.#times };
  }
}

/** Returns the label value of a name. */
export function nameOf(name: unknown): string {
  return typeof name === 'string' && name !== '' ? toLabelValue(name) : 'unnamed';
}
