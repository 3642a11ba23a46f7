/** Wire types of protobuf: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

const LOW_HALF = 2 ** 32;

/** Writes protobuf messages into memory that grows; what was returned is never written to again. */
export class ProtobufWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  /** @param expectedBytes - How much room to make; more is made when it is needed. */
  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, expectedBytes));
    this.#view = viewOf(this.#bytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  /** What was written. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** A copy of what was written, small ones in shared memory; the next message begins anew. */
  take(): Uint8Array {
    const taken = Buffer.from(this.finish());
    this.#at = 0;
    return taken;
  }

  /** Makes room: every method that writes fixed sizes relies on it. */
  reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }

  /** A field of 8 bytes, a double. Needs 9 reserved bytes, as the next one does. */
  double(field: number, value: number): void {
    this.#bytes[this.#at] = (field << 3) | FIXED64;
    this.#view.setFloat64(this.#at + 1, value, true);
    this.#at += 9;
  }

  /** A field of 8 bytes, from its two halves. */
  fixed64(field: number, low: number, high: number): void {
    this.#bytes[this.#at] = (field << 3) | FIXED64;
    this.#view.setUint32(this.#at + 1, low, true);
    this.#view.setUint32(this.#at + 5, high, true);
    this.#at += 9;
  }

  /** A field of 8 bytes, from a whole number of 0 or more. */
  count(field: number, value: number): void {
    this.fixed64(field, value >>> 0, value / LOW_HALF);
  }

  /** Begins a field of known length, which is reserved with it. */
  begin(field: number, length: number): void {
    this.reserve(length + 11);
    this.#bytes[this.#at++] = (field << 3) | LENGTH;
    this.#writeVarint(length);
  }

  /** A field of packed doubles. */
  packedDoubles(field: number, values: readonly number[]): void {
    this.begin(field, values.length * 8);
    for (const value of values) {
      this.#view.setFloat64(this.#at, value, true);
      this.#at += 8;
    }
  }

  /** Bytes that are encoded already. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A field of a whole number of 0 or more. */
  varint(field: number, value: number): void {
    this.reserve(11);
    this.#bytes[this.#at++] = (field << 3) | VARINT;
    this.#writeVarint(value);
  }

  /** A field of a whole number of 64 bits with a sign, as `int64`. */
  int64(field: number, value: bigint): void {
    this.reserve(11);
    this.#bytes[this.#at++] = (field << 3) | VARINT;
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  /** A field of a whole number of 32 bits with a sign, as `sint32`. */
  zigzag(field: number, value: number): void {
    this.varint(field, ((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** A field of text, as UTF-8; what is not well-formed becomes U+FFFD. */
  text(field: number, value: string): void {
    const bytes = Buffer.from(value);
    this.begin(field, bytes.length);
    this.raw(bytes);
  }

  /** A field of bytes, given in hexadecimal digits. */
  hex(field: number, digits: string): void {
    this.begin(field, digits.length / 2);
    for (let i = 0; i < digits.length; i += 2) {
      this.#bytes[this.#at++] = Number.parseInt(digits.slice(i, i + 2), 16);
    }
  }

  /** A field with a message in it. */
  message(field: number, write: () => void): void {
    this.reserve(1);
    this.#bytes[this.#at++] = (field << 3) | LENGTH;
    const start = this.#at;
    write();
    const length = this.#at - start;
    const gap = varintSize(length);
    this.reserve(gap);
    this.#bytes.copyWithin(start + gap, start, this.#at);
    this.#at = start;
    this.#writeVarint(length);
    this.#at += length;
  }

  /** Whole numbers of 0 or more as packed varints. */
  packedVarints(field: number, values: Readonly<Float64Array>): void {
    this.message(field, () => {
      this.reserve(values.length * 10);
      for (const value of values) this.#writeVarint(value);
    });
  }

  #writeVarint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
    }
    this.#bytes[this.#at++] = rest;
  }
}

/** Bytes of a length as it is written. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
