/** Memory that renderings write in, one after the other; it grows to what the largest piece takes. */
export class ScratchBuffers {
  #bytes = new Uint8Array(0);
  #numbers = new Float64Array(0);
  #changed = new Uint32Array(0);

  /** At least so many bytes. */
  bytes(length: number): Uint8Array {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length * 2);
    return this.#bytes;
  }

  /** At least so many numbers. */
  numbers(length: number): Float64Array {
    if (this.#numbers.length < length) this.#numbers = new Float64Array(length);
    return this.#numbers;
  }

  /** Room for the indices of so many numbers. */
  changed(length: number): Uint32Array {
    if (this.#changed.length < length) this.#changed = new Uint32Array(length);
    return this.#changed;
  }
}
