const VARINT = 0;
const BYTES = 2;
const CONTINUES = 128;

/** Writes a message of Protocol Buffers: whole numbers from 0, texts and messages. */
export class ProtobufMessage {
  readonly #parts: Uint8Array[] = [];

  /** Writes a number; 0 is the default and needs no byte. */
  number(field: number, value: number): this {
    if (value > 0) this.#parts.push(varints([field * 8 + VARINT, value]));
    return this;
  }

  /** Writes a packed list of numbers. */
  numbers(field: number, values: readonly number[]): this {
    return this.#write(field, varints(values));
  }

  /** Writes a text. */
  text(field: number, value: string): this {
    return this.#write(field, Buffer.from(value));
  }

  /** Writes a message. */
  message(field: number, value: ProtobufMessage): this {
    return this.#write(field, value.bytes());
  }

  /** Returns all that was written. */
  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #write(field: number, bytes: Uint8Array): this {
    this.#parts.push(varints([field * 8 + BYTES, bytes.length]), bytes);
    return this;
  }
}

function varints(values: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const value of values) {
    // Nanoseconds since 1970 have more bits than the operators on bits of JavaScript.
    let rest = Math.max(0, Math.round(value));
    for (; rest >= CONTINUES; rest = Math.floor(rest / CONTINUES))
      bytes.push((rest % CONTINUES) + CONTINUES);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}
