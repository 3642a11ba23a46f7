/** Wire types of protobuf. Source: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

const LOW_HALF = 2 ** 32;

/** Writes protobuf messages into a growing buffer. Returned bytes are never modified. */
export class ProtobufWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  /** @param expectedBytes - Initial capacity; the buffer grows as needed. */
  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, expectedBytes));
    this.#view = viewOf(this.#bytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  /** Returns the written bytes. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Returns a copy of the written bytes and starts a new message. Small copies share memory. */
  take(): Uint8Array {
    const taken = Buffer.from(this.finish());
    this.#at = 0;
    return taken;
  }

  /** Ensures capacity for fixed-size writes, which do not check it. */
  reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }

  /** Writes a double field of 8 bytes. Requires 9 reserved bytes, as does `fixed64`. */
  double(field: number, value: number): void {
    this.#bytes[this.#at] = (field << 3) | FIXED64;
    this.#view.setFloat64(this.#at + 1, value, true);
    this.#at += 9;
  }

  /** Writes a field of 8 bytes from its two halves. */
  fixed64(field: number, low: number, high: number): void {
    this.#bytes[this.#at] = (field << 3) | FIXED64;
    this.#view.setUint32(this.#at + 1, low, true);
    this.#view.setUint32(this.#at + 5, high, true);
    this.#at += 9;
  }

  /** Writes a field of 8 bytes from an integer of 0 or more. */
  count(field: number, value: number): void {
    this.fixed64(field, value >>> 0, value / LOW_HALF);
  }

  /** Begins a field of known length and reserves its bytes. */
  begin(field: number, length: number): void {
    this.reserve(length + 11);
    this.#bytes[this.#at++] = (field << 3) | LENGTH;
    this.#writeVarint(length);
  }

  /** Writes a field of packed doubles. */
  packedDoubles(field: number, values: readonly number[]): void {
    this.begin(field, values.length * 8);
    for (const value of values) {
      this.#view.setFloat64(this.#at, value, true);
      this.#at += 8;
    }
  }

  /** Writes encoded bytes. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Writes a field with an integer of 0 or more. */
  varint(field: number, value: number): void {
    this.reserve(11);
    this.#bytes[this.#at++] = (field << 3) | VARINT;
    this.#writeVarint(value);
  }

  /** Writes a field with a signed 64-bit integer, as `int64`. */
  int64(field: number, value: bigint): void {
    this.reserve(11);
    this.#bytes[this.#at++] = (field << 3) | VARINT;
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  /** Writes a field with a signed 32-bit integer, as `sint32`. */
  zigzag(field: number, value: number): void {
    this.varint(field, ((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** Writes a text field as UTF-8; lone surrogates become U+FFFD. */
  text(field: number, value: string): void {
    const bytes = Buffer.from(value);
    this.begin(field, bytes.length);
    this.raw(bytes);
  }

  /** Writes a field of bytes from hexadecimal digits. */
  hex(field: number, digits: string): void {
    this.begin(field, digits.length / 2);
    for (let i = 0; i < digits.length; i += 2) {
      this.#bytes[this.#at++] = Number.parseInt(digits.slice(i, i + 2), 16);
    }
  }

  /** Writes a field that contains a message. */
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

  /** Writes integers of 0 or more as packed varints. */
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

/** Returns the encoded size of a varint in bytes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
