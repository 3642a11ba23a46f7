import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { type CpuProfile, cpuStacks, type HeapProfile, heapStacks, type Stack } from './profile.js';
import { ProtobufMessage } from './protobuf-message.js';
import { nameOf } from './self-values.js';

const zip = promisify(gzip);

type Value = readonly [type: string, unit: string];

/** A profile and what pprof says of it. */
interface Measured {
  readonly stacks: readonly Stack[];
  readonly types: readonly Value[];
  readonly period: { readonly type: Value; readonly value: number };
  readonly startMs: number;
  readonly durationNs: number;
}

/** Time of the first sample of a profile. */
export interface ProfileTime {
  /** Unix time in milliseconds. */
  readonly startMs: number;
  /** Length in seconds. */
  readonly seconds: number;
  /** Period between two samples: microseconds of a CPU profile, bytes of a heap profile. */
  readonly period: number;
}

/** Returns a CPU profile as a compressed `profile.proto`, with the values `samples/count` and `wall/nanoseconds`. */
export async function cpuPprof(profile: CpuProfile, time: ProfileTime): Promise<Buffer> {
  return encoded({
    stacks: cpuStacks(profile),
    types: [
      ['samples', 'count'],
      ['wall', 'nanoseconds'],
    ],
    period: { type: ['wall', 'nanoseconds'], value: time.period * 1_000 },
    startMs: time.startMs,
    durationNs: time.seconds * 1e9,
  });
}

/** Returns a heap profile as a compressed `profile.proto`, with the value `alloc_space/bytes`. */
export async function heapPprof(profile: HeapProfile, time: ProfileTime): Promise<Buffer> {
  return encoded({
    stacks: heapStacks(profile),
    types: [['alloc_space', 'bytes']],
    period: { type: ['space', 'bytes'], value: time.period },
    startMs: time.startMs,
    durationNs: time.seconds * 1e9,
  });
}

/** Texts or functions by the number that a profile gives them. */
class Numbers {
  readonly #numbers = new Map<string, number>();

  of(key: string, onNew?: (number: number) => void): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    onNew?.(number);
    return number;
  }

  keys(): Iterable<string> {
    return this.#numbers.keys();
  }
}

// Numbers of fields are those of profile.proto of pprof.
async function encoded({ stacks, types, period, startMs, durationNs }: Measured): Promise<Buffer> {
  const profile = new ProtobufMessage();
  const texts = new Numbers();
  texts.of('');
  const functions = new Numbers();
  // The number 0 means none.
  functions.of('');
  const valueType = ([type, unit]: Value) =>
    new ProtobufMessage().number(1, texts.of(type)).number(2, texts.of(unit));
  for (const it of types) profile.message(1, valueType(it));
  for (const { frames, values } of stacks) {
    const locations = frames.map((frame) => {
      const { url, lineNumber, columnNumber } = frame;
      const name = nameOf(frame);
      return functions.of(`${name} ${url}:${lineNumber}:${columnNumber}`, (id) => {
        const line = new ProtobufMessage().number(1, id).number(2, lineNumber + 1);
        profile.message(4, new ProtobufMessage().number(1, id).message(4, line));
        const described = new ProtobufMessage().number(1, id).number(2, texts.of(name));
        described
          .number(3, texts.of(name))
          .number(4, texts.of(url))
          .number(5, lineNumber + 1);
        profile.message(5, described);
      });
    });
    profile.message(2, new ProtobufMessage().numbers(1, locations).numbers(2, values));
  }
  profile.number(9, startMs * 1e6).number(10, durationNs);
  profile.message(11, valueType(period.type)).number(12, period.value);
  for (const it of texts.keys()) profile.text(6, it);
  return zip(profile.bytes());
}
