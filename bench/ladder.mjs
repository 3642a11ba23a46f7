// The handlers under test: the same work, observed in different ways.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Command, ObservabilityModule } from '@eventcore/nestjs-observability';
import { Span } from 'nestjs-otel';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { inUnsampledRequest, telemetry } from './telemetry.mjs';

class Undecorated {
  async place(order) {
    return order + 1;
  }
}

function decorated() {
  class Decorated {
    async place(order) {
      return order + 1;
    }
  }
  decorate(Decorated, 'place', Command('PlaceOrder'));
  Injectable()(Decorated);
  return Decorated;
}

/**
 * What a careful engineer writes with prom-client for the numbers that a call changes: finished, succeeded or failed,
 * attempts, concurrent, duration.
 */
class ByHand {
  #registry = new Registry();
  #total = this.#counter('commands_total');
  #succeeded = this.#counter('commands_succeeded_total');
  #failed = this.#counter('command_errors_total');
  #attempts = this.#counter('command_attempts_total');
  #concurrent = new Gauge(this.#options('commands_concurrent'));
  #duration = new Histogram({
    ...this.#options('command_duration_seconds'),
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });

  async place(order) {
    const labels = { command: 'PlaceOrder' };
    this.#concurrent.inc(labels);
    const end = this.#duration.startTimer(labels);
    try {
      const result = await this.placed(order);
      this.#succeeded.inc(labels);
      return result;
    } catch (error) {
      this.#failed.inc(labels);
      throw error;
    } finally {
      end();
      this.#attempts.inc(labels);
      this.#total.inc(labels);
      this.#concurrent.dec(labels);
    }
  }

  async placed(order) {
    return order + 1;
  }

  #counter(name) {
    return new Counter(this.#options(name));
  }

  #options(name) {
    return { name, help: name, labelNames: ['command'], registers: [this.#registry] };
  }
}

const COMMAND = { 'command.type': 'PlaceOrder' };
const SUCCEEDED = { ...COMMAND, outcome: 'success' };
const FAILED = { ...COMMAND, outcome: 'failure' };

/** The same numbers with the metrics API of OpenTelemetry and its SDK, read by nobody meanwhile. */
class ByOpenTelemetry {
  #meter = new MeterProvider({ readers: [new IdleReader()] }).getMeter('bench');
  #total = this.#meter.createCounter('commands.total');
  #succeeded = this.#meter.createCounter('commands.succeeded');
  #failed = this.#meter.createCounter('commands.errors');
  #attempts = this.#meter.createCounter('commands.attempts');
  #concurrent = this.#meter.createUpDownCounter('commands.concurrent');
  #duration = this.#meter.createHistogram('commands.duration', { unit: 's' });

  async place(order) {
    this.#concurrent.add(1, COMMAND);
    const startedMs = performance.now();
    let outcome = SUCCEEDED;
    try {
      const result = await this.placed(order);
      this.#succeeded.add(1, COMMAND);
      return result;
    } catch (error) {
      outcome = FAILED;
      this.#failed.add(1, COMMAND);
      throw error;
    } finally {
      this.#duration.record((performance.now() - startedMs) / 1000, outcome);
      this.#attempts.add(1, COMMAND);
      this.#total.add(1, COMMAND);
      this.#concurrent.add(-1, COMMAND);
    }
  }

  async placed(order) {
    return order + 1;
  }
}

class IdleReader extends MetricReader {
  async onForceFlush() {}

  async onShutdown() {}
}

/** prom-client by hand with a span of nestjs-otel around it: what most applications have. */
class PeerStack extends ByHand {
  async place(order) {
    return super.place(order);
  }
}
decorate(PeerStack, 'place', Span('command PlaceOrder'));

const options = { attributes: { 'command.type': 'PlaceOrder' } };

/** A span as the documentation of OpenTelemetry makes it, with the attributes that ours has. */
class SdkSpan {
  place(order) {
    return trace.getTracer('bench').startActiveSpan('command PlaceOrder', options, async (span) => {
      try {
        const result = await this.placed(order);
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

  async placed(order) {
    return order + 1;
  }
}

/**
 * The rungs of the ladder, in phases: the first context manager that is registered slows every promise of the process down
 * for good, so what runs without an SDK runs before it. Each phase has a base line of its own.
 */
export async function makePhases() {
  const metrics = await observedApplication({ tracing: false });
  const spans = await observedApplication({});
  const undecorated = new Undecorated();
  const peer = new PeerStack();
  const phases = [
    {
      enter: telemetry.none,
      baseLine: 'undecorated',
      cases: {
        undecorated,
        'decorated, no module': new (decorated())(),
        '+ metrics': metrics.handler,
        'prom-client by hand': new ByHand(),
        'OpenTelemetry metrics by hand': new ByOpenTelemetry(),
      },
    },
    {
      enter: telemetry.none,
      baseLine: 'undecorated, no SDK',
      cases: {
        'undecorated, no SDK': undecorated,
        '+ span, no SDK': spans.handler,
        'peer stack, no SDK': peer,
      },
    },
    {
      enter: telemetry.unsampled,
      within: inUnsampledRequest,
      baseLine: 'undecorated, request not sampled',
      cases: {
        'undecorated, request not sampled': undecorated,
        '+ span, request not sampled': spans.handler,
        'peer stack, request not sampled': peer,
      },
    },
    {
      enter: telemetry.unsampled,
      baseLine: 'undecorated, root not sampled',
      cases: {
        'undecorated, root not sampled': undecorated,
        '+ span, root not sampled': spans.handler,
        'peer stack, root not sampled': peer,
      },
    },
    {
      enter: telemetry.recorded,
      baseLine: 'undecorated, SDK recording',
      cases: {
        'undecorated, SDK recording': undecorated,
        '+ span, recorded and exported': spans.handler,
        'SDK span by hand, recorded and exported': new SdkSpan(),
        'peer stack, recorded and exported': peer,
      },
    },
  ];
  return { phases, close: () => Promise.all([metrics.app.close(), spans.app.close()]) };
}

async function observedApplication(options) {
  const Decorated = decorated();
  class BenchModule {}
  Module({
    imports: [ObservabilityModule.forRoot({ ...options, prometheus: false, health: false })],
    providers: [Decorated],
  })(BenchModule);
  const app = await NestFactory.createApplicationContext(BenchModule, { logger: false });
  return { app, handler: app.get(Decorated) };
}

function decorate(target, key, decorator) {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, key);
  const replaced = decorator(target.prototype, key, descriptor) ?? descriptor;
  Object.defineProperty(target.prototype, key, replaced);
}
