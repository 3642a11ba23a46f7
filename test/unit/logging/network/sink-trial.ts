import { LineFormats } from '../../../../lib/logging/encode/line-formats.js';
import { LogRecord, type RecordContent } from '../../../../lib/logging/log-record.js';
import type { SinkHost } from '../../../../lib/logging/sinks/log-sink.js';
import type {
  ShipAnswer,
  ShipRequest,
  ShipTransport,
} from '../../../../lib/logging/sinks/network/http-transport.js';
import type { ShipLimits } from '../../../../lib/logging/sinks/network/ship-queue.js';
import { Shipper } from '../../../../lib/logging/sinks/network/shipper.js';
import { type ShipFormat, TAKEN } from '../../../../lib/logging/sinks/network/verdict.js';
import { systemClock } from '../../../../lib/kernel/clock.js';
import { ManualTimers } from '../../../../lib/testing/manual-timers.js';

/** A host that remembers what a sink tells it. */
export class TrialHost implements SinkHost {
  readonly service = { name: 'shop', version: '1.2.3', environment: 'prod' };
  readonly drops = new Map<string, number>();
  readonly outcomes: string[] = [];
  readonly faults: string[] = [];
  readonly formats = new LineFormats({
    service: this.service,
    traceFields: 'nested',
    fallback: 'json',
    maxLineBytes: 65_536,
    colors: false,
  });
  constructor(readonly clock: SinkHost['clock'] = systemClock) {}

  dropped(reason: string, lines: number): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + lines);
  }

  exported(outcome: string): void {
    this.outcomes.push(outcome);
  }

  report(fault: unknown): void {
    this.faults.push(String(fault));
  }

  get lost(): number {
    return [...this.drops.values()].reduce((sum, it) => sum + it, 0);
  }
}

export function line(message: string, content: Partial<RecordContent> = {}): LogRecord {
  return new LogRecord({
    timeMs: 1_795_948_530_123,
    level: 'info',
    target: 'test',
    fieldsText: '{}',
    ...content,
    message,
  });
}

/** Answer, a fault, or `pending` for a receiver that does not answer. */
type Reply = Partial<ShipAnswer> | Error | 'pending';

/** A shipper with manual timers whose receiver takes the messages of lines. */
export class ShipperTrial {
  readonly timers = new ManualTimers();
  readonly host = new TrialHost(this.timers.clock);
  readonly requests: string[][] = [];
  readonly taken: string[] = [];
  readonly replies: Reply[] = [];
  fallback: Reply = { status: 200 };
  closed = 0;
  readonly shipper: Shipper;
  #pending: ((fault: Error) => void) | undefined;

  constructor(limits: Partial<ShipLimits> = {}, format: Partial<ShipFormat> = {}) {
    this.shipper = new Shipper({
      sink: 'trial',
      host: this.host,
      transport: this.#transport(),
      timers: this.timers,
      random: () => 0,
      limits: {
        maxBufferedBytes: 1_000_000,
        batch: { lines: 10, bytes: 1_000_000 },
        intervalMs: 1_000,
        flushTimeoutMs: 5_000,
        ...limits,
      },
      format: {
        request: (lines) => ({
          method: 'POST',
          url: 'http://receiver',
          headers: {},
          body: JSON.stringify(lines.map(({ record }) => record.message)),
        }),
        read: () => TAKEN,
        ...format,
      },
    });
  }

  write(...messages: string[]): void {
    for (const it of messages) this.shipper.write(line(it));
  }

  #transport(): ShipTransport {
    return {
      send: (request: ShipRequest) => this.#answer(request),
      close: () => {
        this.closed++;
        this.#pending?.(new Error('closed'));
      },
    };
  }

  async #answer({ body, method }: ShipRequest): Promise<ShipAnswer> {
    const messages = JSON.parse(String(body)) as string[];
    this.requests.push(method === 'PUT' ? ['PUT'] : messages);
    const reply = this.replies.shift() ?? this.fallback;
    if (reply === 'pending') {
      return new Promise((_resolve, reject) => (this.#pending = reject));
    }
    if (reply instanceof Error) throw reply;
    const answer = { status: 200, contentType: '', retryAfter: '', body: Buffer.of(), ...reply };
    if (answer.status < 300 && method === 'POST') this.taken.push(...messages);
    return answer;
  }
}
