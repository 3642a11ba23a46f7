/** Columns of numbers as bytes: constants, integers as differences, all other numbers bit by bit. */
const CONSTANT = 0;
const INTEGERS = 1;
const BITS = 2;

const NUMBER_BYTES = 8;
// Twice the difference of two such integers is still exact.
const LARGEST_INTEGER = 2 ** 51;
const SMALL = 2 ** 31;
const INITIAL_BYTES = 4_096;

/** Growing list of bytes. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  /** Number of bytes written. */
  length = 0;

  /** Makes room for bytes and returns the array to write to, from {@link ByteWriter.length} on. */
  reserve(bytes: number): Uint8Array {
    if (this.length + bytes > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + bytes));
      grown.set(this.#bytes.subarray(0, this.length));
      this.#bytes = grown;
    }
    return this.#bytes;
  }

  /** Writes an integer of 0 or more with as few bytes as it needs. */
  unsigned(value: number): void {
    const bytes = this.reserve(NUMBER_BYTES);
    let rest = value;
    while (rest >= SMALL) {
      bytes[this.length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[this.length++] = rest;
  }

  /** Returns the bytes written so far, without a copy. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

/** Reads bytes of a {@link ByteWriter}. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** @throws RangeError for bytes that end early. */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  /** @throws RangeError for bytes that end early. */
  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('the bytes end early');
    return byte;
  }
}

/** Writes a column. All numbers are read back as they are, NaN and -0 included. */
export function writeColumn(writer: ByteWriter, column: Float64Array): void {
  const kind = kindOf(column);
  const bytes = writer.reserve(1 + column.length * NUMBER_BYTES + NUMBER_BYTES);
  bytes[writer.length++] = kind;
  if (kind === INTEGERS) return writeIntegers(writer, column);
  const { buffer, byteOffset, length } = kind === CONSTANT ? column.subarray(0, 1) : column;
  writeBits(writer, new Uint8Array(buffer, byteOffset, length * NUMBER_BYTES));
}

function kindOf(column: Float64Array): number {
  const first = column[0];
  let isConstant = true;
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    if (value !== first) isConstant = false;
    if (Number.isInteger(value) && Math.abs(value) <= LARGEST_INTEGER && !Object.is(value, -0))
      continue;
    return isConstant && column.every((it) => Object.is(it, first)) ? CONSTANT : BITS;
  }
  return isConstant ? CONSTANT : INTEGERS;
}

function writeIntegers(writer: ByteWriter, column: Float64Array): void {
  let before = 0;
  for (let i = 0; i < column.length; i++) {
    const change = column[i]! - before;
    writer.unsigned(change < 0 ? -2 * change - 1 : 2 * change);
    before = column[i]!;
  }
}

/** Writes what changes from number to number, all first bytes before all second ones: they resemble each other. */
function writeBits(writer: ByteWriter, numbers: Uint8Array): void {
  const bytes = writer.reserve(numbers.length);
  for (let place = 0; place < NUMBER_BYTES; place++) {
    let before = 0;
    for (let i = place; i < numbers.length; i += NUMBER_BYTES) {
      const byte = numbers[i]!;
      bytes[writer.length++] = byte ^ before;
      before = byte;
    }
  }
}

/**
 * Reads a column that {@link writeColumn} wrote.
 *
 * @param column - Receives the numbers; its length is that of the column written.
 * @throws RangeError for bytes that end early or are of no known kind.
 */
export function readColumn(reader: ByteReader, column: Float64Array): void {
  const kind = reader.byte();
  if (kind === INTEGERS) return readIntegers(reader, column);
  if (kind !== CONSTANT && kind !== BITS) throw new RangeError(`no column is of kind ${kind}`);
  readBits(reader, kind === CONSTANT ? column.subarray(0, 1) : column);
  if (kind === CONSTANT) column.fill(column[0] ?? 0);
}

function readIntegers(reader: ByteReader, column: Float64Array): void {
  let value = 0;
  for (let i = 0; i < column.length; i++) {
    const change = reader.unsigned();
    value += change % 2 === 0 ? change / 2 : -(change + 1) / 2;
    column[i] = value;
  }
}

function readBits(reader: ByteReader, column: Float64Array): void {
  const numbers = new Uint8Array(column.buffer, column.byteOffset, column.length * NUMBER_BYTES);
  for (let place = 0; place < NUMBER_BYTES; place++) {
    let before = 0;
    for (let i = place; i < numbers.length; i += NUMBER_BYTES) {
      before ^= reader.byte();
      numbers[i] = before;
    }
  }
}
