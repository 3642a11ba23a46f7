import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

/** The part of the official definition that tools read: https://github.com/google/pprof/blob/main/proto/profile.proto */
const { root } = protobuf.parse(`
  syntax = "proto3";
  package perftools.profiles;
  message Profile {
    repeated ValueType sample_type = 1;
    repeated Sample sample = 2;
    repeated Mapping mapping = 3;
    repeated Location location = 4;
    repeated Function function = 5;
    repeated string string_table = 6;
    int64 drop_frames = 7;
    int64 keep_frames = 8;
    int64 time_nanos = 9;
    int64 duration_nanos = 10;
    ValueType period_type = 11;
    int64 period = 12;
    repeated int64 comment = 13;
    int64 default_sample_type = 14;
  }
  message ValueType { int64 type = 1; int64 unit = 2; }
  message Sample { repeated uint64 location_id = 1; repeated int64 value = 2; repeated Label label = 3; }
  message Label { int64 key = 1; int64 str = 2; int64 num = 3; int64 num_unit = 4; }
  message Mapping { uint64 id = 1; }
  message Location { uint64 id = 1; uint64 mapping_id = 2; uint64 address = 3; repeated Line line = 4; bool is_folded = 5; }
  message Line { uint64 function_id = 1; int64 line = 2; int64 column = 3; }
  message Function { uint64 id = 1; int64 name = 2; int64 system_name = 3; int64 filename = 4; int64 start_line = 5; }
`);
const profileType = root.lookupType('perftools.profiles.Profile');

interface ValueType {
  readonly type: number;
  readonly unit: number;
}

interface Message {
  readonly sampleType: readonly ValueType[];
  readonly sample: readonly { readonly locationId: readonly number[]; readonly value: number[] }[];
  readonly location: readonly { readonly id: number; readonly line: { functionId: number }[] }[];
  readonly function: readonly {
    readonly id: number;
    readonly name: number;
    readonly filename: number;
    readonly startLine: number;
  }[];
  readonly stringTable: readonly string[];
  readonly timeNanos: string;
  readonly durationNanos: number;
  readonly periodType: ValueType;
  readonly period: number;
}

/** A profile as tools understand it. */
export interface DecodedPprof {
  readonly types: readonly string[];
  readonly period: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly samples: readonly {
    /** Functions as `name file:line`, the innermost first. */
    readonly stack: readonly string[];
    readonly values: readonly number[];
  }[];
}

/** Decodes a profile of pprof without the code that wrote it. */
export function decodedPprof(bytes: Uint8Array): DecodedPprof {
  const decoded = profileType.decode(gunzipSync(bytes));
  const it = profileType.toObject(decoded, {
    longs: Number,
    arrays: true,
    defaults: true,
  }) as Message;
  const text = (index: number) => it.stringTable[index] ?? '?';
  const typeText = ({ type, unit }: ValueType) => `${text(type)}/${text(unit)}`;
  const functions = new Map(it.function.map((one) => [one.id, one]));
  const places = new Map(
    it.location.map(({ id, line }) => {
      const found = functions.get(line[0]?.functionId ?? 0);
      const place = found && `${text(found.filename)}:${found.startLine}`;
      return [id, found ? `${text(found.name)} ${place}` : '?'];
    }),
  );
  return {
    types: it.sampleType.map(typeText),
    period: `${it.period} ${typeText(it.periodType)}`,
    startMs: Math.round(Number(it.timeNanos) / 1e6),
    durationMs: it.durationNanos / 1e6,
    samples: it.sample.map(({ locationId, value }) => ({
      stack: locationId.map((id) => places.get(id) ?? '?'),
      values: value,
    })),
  };
}

/** Returns the last value of all samples by their innermost function. */
export function selfValuesOf({ samples }: DecodedPprof): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { stack, values } of samples) {
    const [name = '?'] = (stack[0] ?? '?').split(' ');
    sums.set(name, (sums.get(name) ?? 0) + (values.at(-1) ?? 0));
  }
  return sums;
}
