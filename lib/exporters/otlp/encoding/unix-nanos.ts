/**
 * Time in nanoseconds since 1970 as two 32-bit halves, because a number cannot represent it. The
 * last conversion is cached, because neighbouring series usually share their times.
 */
export class UnixNanos {
  #unixMs = Number.NaN;
  #low = 0;
  #high = 0;

  /** Bits 0 to 31. */
  get low(): number {
    return this.#low;
  }

  /** Bits 32 to 63. */
  get high(): number {
    return this.#high;
  }

  /** @param unixMs - Unix time in milliseconds, 0 or more. */
  set(unixMs: number): this {
    if (unixMs === this.#unixMs) return this;
    this.#unixMs = unixMs;
    const seconds = Math.floor(unixMs / 1000);
    const nanos = Math.round((unixMs - seconds * 1000) * 1e6);
    // Digits of 16 bits keep every product exact.
    const small = (seconds % 0x10000) * 1e9 + nanos;
    const large = Math.floor(seconds / 0x10000) * 1e9;
    const low = (large % 0x10000) * 0x10000 + (small % 2 ** 32);
    this.#low = low >>> 0;
    this.#high =
      Math.floor(large / 0x10000) + Math.floor(small / 2 ** 32) + Math.floor(low / 2 ** 32);
    return this;
  }
}
