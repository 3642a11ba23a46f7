// The same numbers and spans by other means.
import { metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { OtelMethodCounter, Span } from 'nestjs-otel';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { decorate } from './observed-application.mjs';

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What a careful engineer declares for commands with prom-client. The labels are one object per command: `labels()` would bind
 * a function for each of its calls and still look the series up by name. `performance.now()` costs less than `startTimer()`.
 */
export class PromClientMetrics {
  #registry = new Registry();
  #total = this.#counter('commands_total');
  #succeeded = this.#counter('commands_succeeded_total');
  #failed = this.#counter('command_errors_total');
  #attempts = this.#counter('command_attempts_total');
  #concurrent = new Gauge(this.#options('commands_concurrent'));
  #duration = new Histogram({ ...this.#options('command_duration_seconds'), buckets: BUCKETS });

  start(labels) {
    this.#concurrent.inc(labels);
  }

  succeed(labels, startedMs) {
    this.#succeeded.inc(labels);
    this.#end(labels, startedMs);
  }

  fail(labels, startedMs) {
    this.#failed.inc(labels);
    this.#end(labels, startedMs);
  }

  #end(labels, startedMs) {
    this.#duration.observe(labels, (performance.now() - startedMs) / 1000);
    this.#attempts.inc(labels);
    this.#total.inc(labels);
    this.#concurrent.dec(labels);
  }

  #counter(name) {
    return new Counter(this.#options(name));
  }

  #options(name) {
    return { name, help: name, labelNames: ['command'], registers: [this.#registry] };
  }
}

export const PLACE_ORDER = { command: 'PlaceOrder' };

/** An async handler that records those numbers in its own body. */
export class ByHand {
  #metrics = new PromClientMetrics();

  async place(order) {
    const metrics = this.#metrics;
    metrics.start(PLACE_ORDER);
    const startedMs = performance.now();
    try {
      const result = order + 1;
      metrics.succeed(PLACE_ORDER, startedMs);
      return result;
    } catch (error) {
      metrics.fail(PLACE_ORDER, startedMs);
      throw error;
    }
  }
}

const COMMAND = { 'command.type': 'PlaceOrder' };
const SUCCEEDED = { ...COMMAND, outcome: 'success' };
const FAILED = { ...COMMAND, outcome: 'failure' };

/** The same numbers with the metrics API of OpenTelemetry and its SDK, read by nobody meanwhile. */
export class OpenTelemetryMetrics {
  #meter = meterProvider().getMeter('bench');
  #total = this.#meter.createCounter('commands.total');
  #succeeded = this.#meter.createCounter('commands.succeeded');
  #failed = this.#meter.createCounter('commands.errors');
  #attempts = this.#meter.createCounter('commands.attempts');
  #concurrent = this.#meter.createUpDownCounter('commands.concurrent');
  #duration = this.#meter.createHistogram('commands.duration', { unit: 's' });

  start() {
    this.#concurrent.add(1, COMMAND);
  }

  succeed(startedMs) {
    this.#succeeded.add(1, COMMAND);
    this.#end(startedMs, SUCCEEDED);
  }

  fail(startedMs) {
    this.#failed.add(1, COMMAND);
    this.#end(startedMs, FAILED);
  }

  #end(startedMs, attributes) {
    this.#duration.record((performance.now() - startedMs) / 1000, attributes);
    this.#attempts.add(1, COMMAND);
    this.#total.add(1, COMMAND);
    this.#concurrent.add(-1, COMMAND);
  }
}

export class ByOpenTelemetry {
  #metrics = new OpenTelemetryMetrics();

  async place(order) {
    const metrics = this.#metrics;
    metrics.start();
    const startedMs = performance.now();
    try {
      const result = order + 1;
      metrics.succeed(startedMs);
      return result;
    } catch (error) {
      metrics.fail(startedMs);
      throw error;
    }
  }
}

class IdleReader extends MetricReader {
  async onForceFlush() {}

  async onShutdown() {}
}

function meterProvider() {
  return new MeterProvider({ readers: [new IdleReader()] });
}

/** What the decorators of nestjs-otel count with. */
export function enableOtelMetrics() {
  metrics.setGlobalMeterProvider(meterProvider());
}

/** nestjs-otel alone: one counter of calls. */
export class OtelCounter {
  async place(order) {
    return order + 1;
  }
}
decorate(OtelCounter, 'place', OtelMethodCounter());

/** nestjs-otel alone: a span and a counter of calls. */
export class OtelSpanAndCounter {
  async place(order) {
    return order + 1;
  }
}
decorate(OtelSpanAndCounter, 'place', Span('command PlaceOrder'), OtelMethodCounter());

/** A span of nestjs-otel alone. */
export class OtelSpan {
  async place(order) {
    return order + 1;
  }
}
decorate(OtelSpan, 'place', Span('command PlaceOrder'));

/** prom-client by hand with a span of nestjs-otel around it: what most applications have. */
export class PeerStack extends ByHand {}
Object.defineProperty(PeerStack.prototype, 'place', {
  value: ByHand.prototype.place,
  writable: true,
  configurable: true,
});
decorate(PeerStack, 'place', Span('command PlaceOrder'));

const options = { attributes: { 'command.type': 'PlaceOrder' } };

/** A span as the documentation of OpenTelemetry makes it, with the attributes that ours has. */
export class SdkSpan {
  place(order) {
    return trace.getTracer('bench').startActiveSpan('command PlaceOrder', options, async (span) => {
      try {
        const result = order + 1;
        span.setAttribute('command.outcome', 'success');
        span.setAttribute('command.success', true);
        return result;
      } catch (error) {
        span.recordException(error);
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  }
}
