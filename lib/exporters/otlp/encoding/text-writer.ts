import { writeAscii, writeDigits, type Digits } from '../../../kernel/decimal-bytes.js';

/** From so many bytes on, copying memory is faster than copying bytes. */
const LONG = 40;

/** Writes text as UTF-8 into memory that grows; what was returned is never written to again. */
export class TextWriter {
  #bytes: Buffer;
  #at = 0;

  /** @param expectedBytes - How much room to make; more is made when it is needed. */
  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, expectedBytes));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  /** What was written, from a place on. */
  finish(from = 0): Uint8Array {
    return this.#bytes.subarray(from, this.#at);
  }

  /** Any well-formed text. */
  text(text: string): void {
    this.#reserve(text.length * 3);
    this.#at += this.#bytes.write(text, this.#at);
  }

  /** Text that has no character beyond ASCII. */
  ascii(text: string): void {
    this.#reserve(text.length);
    writeAscii(this.#bytes, this.#at, text);
    this.#at += text.length;
  }

  /** A number that has so many digits. */
  digits(number: Digits): void {
    this.#reserve(number[1]);
    writeDigits(this.#bytes, this.#at, number);
    this.#at += number[1];
  }

  /** Bytes of other memory. */
  raw(source: Uint8Array, from: number, end: number): void {
    const length = end - from;
    this.#reserve(length);
    const bytes = this.#bytes;
    let at = this.#at;
    if (length >= LONG) bytes.set(source.subarray(from, end), at);
    else for (let i = from; i < end; i++) bytes[at++] = source[i]!;
    this.#at += length;
  }

  /** Takes the last byte back. */
  dropLast(): void {
    this.#at--;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
