import { ProtobufWriter } from '../../otlp/protobuf-writer.js';
import { nameOf } from './hottest-functions.js';
import type { CallFrame, Stack } from './profile.js';

type ValueType = readonly [type: string, unit: string];

/** Kind of values that a profile has. */
export interface PprofValues {
  /** Types of the values of each stack. */
  readonly types: readonly ValueType[];
  /** Distance between two samples. */
  readonly period: number;
}

/** Stacks of a profile with their time. */
export interface PprofInput extends PprofValues {
  readonly stacks: readonly Stack[];
  /** Unix time of the beginning in milliseconds. */
  readonly startMs: number;
  readonly durationMs: number;
}

// Fields of profile.proto: https://github.com/google/pprof/blob/main/proto/profile.proto
const PROFILE = {
  sampleType: 1,
  sample: 2,
  location: 4,
  function: 5,
  stringTable: 6,
  timeNanos: 9,
  durationNanos: 10,
  periodType: 11,
  period: 12,
} as const;
const EXPECTED_BYTES = 65_536;

/** Returns a profile in the format of pprof, `profile.proto`, which tools expect compressed. */
export function encodePprof({ stacks, ...input }: PprofInput): Uint8Array {
  const writer = new ProtobufWriter(EXPECTED_BYTES);
  const tables = new PprofTables(writer);
  for (const it of input.types) tables.valueType(PROFILE.sampleType, it);
  for (const { frames, values } of stacks) {
    const locations = Float64Array.from(frames, (it) => tables.location(it));
    writer.message(PROFILE.sample, () => {
      writer.packedVarints(1, locations);
      writer.packedVarints(2, Float64Array.from(values));
    });
  }
  writer.int64(PROFILE.timeNanos, BigInt(Math.round(input.startMs)) * 1_000_000n);
  writer.varint(PROFILE.durationNanos, Math.round(input.durationMs * 1e6));
  tables.valueType(PROFILE.periodType, input.types.at(-1)!);
  writer.varint(PROFILE.period, input.period);
  for (const it of tables.texts) writer.text(PROFILE.stringTable, it);
  return writer.finish();
}

/** Texts, functions and locations of a profile, each of which is written once. */
class PprofTables {
  readonly #writer: ProtobufWriter;
  readonly #texts = new Map<string, number>([['', 0]]);
  readonly #locations = new Map<string, number>();

  constructor(writer: ProtobufWriter) {
    this.#writer = writer;
  }

  get texts(): Iterable<string> {
    return this.#texts.keys();
  }

  valueType(field: number, [type, unit]: ValueType): void {
    const [typeText, unitText] = [this.#text(type), this.#text(unit)];
    this.#writer.message(field, () => {
      this.#writer.varint(1, typeText);
      this.#writer.varint(2, unitText);
    });
  }

  /** Returns the number of a location; its function has the same. */
  location(frame: CallFrame): number {
    const { functionName, url, lineNumber, columnNumber } = frame;
    const key = `${functionName} ${url}:${lineNumber}:${columnNumber}`;
    const known = this.#locations.get(key);
    if (known !== undefined) return known;
    const id = this.#locations.size + 1;
    this.#locations.set(key, id);
    // Functions of V8 and Node.js in native code have no line.
    const line = Math.max(0, lineNumber + 1);
    const [name, file] = [this.#text(nameOf(frame)), this.#text(url)];
    const writer = this.#writer;
    writer.message(PROFILE.location, () => {
      writer.varint(1, id);
      writer.message(4, () => {
        writer.varint(1, id);
        writer.varint(2, line);
      });
    });
    writer.message(PROFILE.function, () => {
      writer.varint(1, id);
      writer.varint(2, name);
      writer.varint(3, name);
      writer.varint(4, file);
      writer.varint(5, line);
    });
    return id;
  }

  #text(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, this.#texts.size);
    return this.#texts.size - 1;
  }
}
