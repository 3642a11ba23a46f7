// The handlers under test: the same work, observed in different ways.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Command, ObservabilityModule } from '@eventcore/nestjs-observability';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

class Undecorated {
  async place(order) {
    return order + 1;
  }
}

class Decorated {
  async place(order) {
    return order + 1;
  }
}
decorate(Decorated, 'place', Command('PlaceOrder'));
Injectable()(Decorated);

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
      const result = await this.#placed(order);
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

  async #placed(order) {
    return order + 1;
  }

  #counter(name) {
    return new Counter(this.#options(name));
  }

  #options(name) {
    return { name, help: name, labelNames: ['command'], registers: [this.#registry] };
  }
}

/** The rungs of the ladder: name and a handler of one argument. */
export async function makeCases() {
  const app = await observedApplication();
  const bound = app.get(Decorated);
  const cases = {
    undecorated: new Undecorated(),
    'decorated, no module': new Decorated(),
    '+ metrics': bound,
    'prom-client by hand': new ByHand(),
  };
  return { cases, close: () => app.close() };
}

async function observedApplication() {
  class BenchModule {}
  Module({
    imports: [ObservabilityModule.forRoot({ prometheus: false, health: false })],
    providers: [Decorated],
  })(BenchModule);
  return NestFactory.createApplicationContext(BenchModule, { logger: false });
}

function decorate(target, key, decorator) {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, key);
  Object.defineProperty(target.prototype, key, decorator(target.prototype, key, descriptor));
}
