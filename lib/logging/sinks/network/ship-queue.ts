import type { LogRecord } from '../../log-record.js';

/** A line that waits for its batch. */
export interface QueuedLine {
  readonly record: LogRecord;
  /** Position among all lines of the sink, from 1. */
  readonly number: number;
  /** Estimate of the memory and of the bytes on the wire. */
  readonly bytes: number;
}

/** Most lines and bytes of one batch. */
export interface BatchLimits {
  readonly lines: number;
  readonly bytes: number;
}

/** Limits of a shipper. */
export interface ShipLimits {
  /** Bytes of lines that wait; the oldest are dropped. */
  readonly maxBufferedBytes: number;
  readonly batch: BatchLimits;
  /** Longest wait for a batch to fill. */
  readonly intervalMs: number;
  /** Time limit of a flush. */
  readonly flushTimeoutMs: number;
}

/** Bytes of a record beside its texts. */
const OVERHEAD = 200;
/** Places that taken lines leave in front, before they are given back. */
const SLACK = 1_024;

/** Lines in the order in which they were written, within a bound of bytes. */
export class ShipQueue {
  readonly #maxBytes: number;
  #lines: QueuedLine[] = [];
  #first = 0;
  #bytes = 0;
  #taken: readonly QueuedLine[] = [];
  #takenBytes = 0;
  #lastNumber = 0;

  /** @param maxBytes - Bound of all lines, those of the batch under way included. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Lines that wait. */
  get length(): number {
    return this.#lines.length - this.#first;
  }

  /** Lines that wait and lines of the batch under way. */
  get total(): number {
    return this.length + this.#taken.length;
  }

  /** Bytes of the lines that wait. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /** Bytes of all lines. */
  get bytes(): number {
    return this.#bytes + this.#takenBytes;
  }

  /** Number of the newest line. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Number of the oldest line; infinite for an empty queue. */
  get oldestNumber(): number {
    return (this.#taken[0] ?? this.#lines[this.#first])?.number ?? Infinity;
  }

  /**
   * Adds a line.
   *
   * @returns Number of the oldest lines that were dropped to keep the bound.
   */
  add(record: LogRecord): number {
    const bytes = sizeOf(record);
    this.#lines.push({ record, number: ++this.#lastNumber, bytes });
    this.#bytes += bytes;
    let dropped = 0;
    while (this.bytes > this.#maxBytes && this.length > 0) {
      this.#shift();
      dropped++;
    }
    this.#compact();
    return dropped;
  }

  /** Takes the next batch; the one before must have been settled. */
  take({ lines, bytes }: BatchLimits): readonly QueuedLine[] {
    const batch: QueuedLine[] = [];
    let taken = 0;
    while (this.length > 0 && batch.length < lines) {
      const { bytes: own } = this.#lines[this.#first] as QueuedLine;
      if (batch.length > 0 && taken + own > bytes) break;
      taken += own;
      batch.push(this.#shift());
    }
    this.#compact();
    this.#taken = batch;
    this.#takenBytes = taken;
    return batch;
  }

  /** Ends the batch under way; lines that are tried again are the next ones. */
  settle(again: readonly QueuedLine[]): void {
    this.#taken = [];
    this.#takenBytes = 0;
    if (again.length === 0) return;
    this.#lines = [...again, ...this.#lines.slice(this.#first)];
    this.#first = 0;
    for (const { bytes } of again) this.#bytes += bytes;
  }

  /** Removes all lines and returns their number. */
  clear(): number {
    const { total } = this;
    this.#lines = [];
    this.#first = 0;
    this.#bytes = 0;
    this.settle([]);
    return total;
  }

  #shift(): QueuedLine {
    const line = this.#lines[this.#first] as QueuedLine;
    this.#lines[this.#first] = GIVEN;
    this.#first++;
    this.#bytes -= line.bytes;
    return line;
  }

  #compact(): void {
    if (this.#first < SLACK || this.#first * 2 < this.#lines.length) return;
    this.#lines = this.#lines.slice(this.#first);
    this.#first = 0;
  }
}

const GIVEN = undefined as unknown as QueuedLine;

function sizeOf({ message, fieldsText, scopeText, scopesText, target }: LogRecord): number {
  const scopes = scopesText?.length ?? 0;
  return OVERHEAD + message.length + fieldsText.length + scopeText.length + scopes + target.length;
}
