// Number of refused records in an answer of OTLP. Source: ExportLogsServiceResponse in
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/collector/logs/v1/logs_service.proto

const PARTIAL_SUCCESS = 1;
const REJECTED = 1;
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** @throws SyntaxError for an answer that is no JSON. */
export function rejectedInJson(body: Uint8Array): number {
  if (body.length === 0) return 0;
  const answer = JSON.parse(Buffer.from(body).toString()) as {
    readonly partialSuccess?: { readonly rejectedLogRecords?: unknown };
  } | null;
  return Number(answer?.partialSuccess?.rejectedLogRecords ?? 0);
}

/** @throws RangeError for an answer that is no message of the protocol. */
export function rejectedInProtobuf(body: Uint8Array): number {
  let rejected = 0n;
  for (const outer of fieldsOf(body)) {
    if (outer.number !== PARTIAL_SUCCESS || typeof outer.value === 'bigint') continue;
    for (const inner of fieldsOf(outer.value)) {
      if (inner.number === REJECTED && typeof inner.value === 'bigint') rejected = inner.value;
    }
  }
  return Number(BigInt.asIntN(64, rejected));
}

interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) {
    const key = Number(reader.varint());
    yield { number: key >>> 3, value: reader.value(key & 7) };
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1)[0] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('varint');
  }

  value(type: number): bigint | Uint8Array {
    switch (type) {
      case VARINT:
        return this.varint();
      case FIXED64:
        return this.#take(8);
      case BYTES:
        return this.#take(Number(this.varint()));
      case FIXED32:
        return this.#take(4);
      default:
        throw new RangeError('type of a field');
    }
  }

  #take(count: number): Uint8Array {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new RangeError('end of the answer');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
