// What share of the CPU telemetry takes of a command as services have them: a millisecond of waiting, 50 µs of work. The
// CPU time of the whole process counts, collector and compiler included, with many commands under way at once; the share
// is that of the undecorated command of the same round, for the speed of a machine that others use, too, varies by half.
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from '@eventcore/nestjs-observability';
import { Span } from 'nestjs-otel';
import { addedRatio, compare, inTurn, median, roundsOf, withoutRounds } from './measure.mjs';
import { decorate, observe } from './observed-application.mjs';
import { OpenTelemetryMetrics, PLACE_ORDER, PromClientMetrics } from './peers.mjs';
import { inUnsampledRequest, telemetry } from './telemetry.mjs';

const WAIT_MS = 1;
const WORK_NS = 50_000;
const AT_ONCE = 32;
const CALLS = 10 * AT_ONCE;

// As large as a first-level cache, so that the work leaves nothing of the telemetry in it.
const numbers = new Float64Array(6_144).map((_, i) => Math.sqrt(i));

function work(steps) {
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const at = (i * 8) % numbers.length;
    sum += numbers[at] * 1.0001;
    numbers[at] = sum % 7;
  }
  return sum;
}

/** Steps of work that take 50 µs here; the fastest of many, for a busy machine only ever adds. */
function calibrate() {
  const steps = 20_000;
  let fastestNs = Infinity;
  for (let i = 0; i < 500; i++) {
    const startedNs = process.hrtime.bigint();
    globalThis.blackhole += work(steps);
    fastestNs = Math.min(fastestNs, Number(process.hrtime.bigint() - startedNs));
  }
  return Math.round((steps * WORK_NS) / fastestNs);
}

const steps = calibrate();

function handlerClass(...decorators) {
  class Handler {
    async place(order) {
      await wait(WAIT_MS);
      globalThis.blackhole += work(steps);
      return order + 1;
    }
  }
  if (decorators.length > 0) decorate(Handler, 'place', ...decorators);
  return Handler;
}

function promClientClass(...decorators) {
  const metrics = new PromClientMetrics();
  class Handler {
    async place(order) {
      metrics.start(PLACE_ORDER);
      const startedMs = performance.now();
      try {
        await wait(WAIT_MS);
        globalThis.blackhole += work(steps);
        metrics.succeed(PLACE_ORDER, startedMs);
        return order + 1;
      } catch (error) {
        metrics.fail(PLACE_ORDER, startedMs);
        throw error;
      }
    }
  }
  if (decorators.length > 0) decorate(Handler, 'place', ...decorators);
  return Handler;
}

class ByOpenTelemetry {
  #metrics = new OpenTelemetryMetrics();

  async place(order) {
    this.#metrics.start();
    const startedMs = performance.now();
    try {
      await wait(WAIT_MS);
      globalThis.blackhole += work(steps);
      this.#metrics.succeed(startedMs);
      return order + 1;
    } catch (error) {
      this.#metrics.fail(startedMs);
      throw error;
    }
  }
}

async function callMany(handler, calls) {
  const worker = async () => {
    for (let i = 0; i < calls / AT_ONCE; i++) globalThis.blackhole += await handler.place(i);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function cpuNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

async function measure(handler) {
  const { heapUsed } = process.memoryUsage();
  const before = cpuNs();
  await callMany(handler, CALLS);
  const ns = (cpuNs() - before) / CALLS;
  // Where a collection came between there is nothing to be seen.
  const bytes = Math.max(0, process.memoryUsage().heapUsed - heapUsed) / CALLS;
  return { ns, bytes };
}

async function run({ smoke, handlers, baseLine, shares, within = (work) => work() }) {
  const amounts = smoke
    ? { rounds: 2, warmUpRounds: 1 }
    : { rounds: 400, warmUpRounds: 15, seconds: 16 };
  const results = Object.fromEntries(Object.keys(handlers).map((name) => [name, []]));
  for (const round of roundsOf(amounts)) {
    for (const [name, handler] of inTurn(handlers, round)) {
      const measured = await within(() => measure(handler));
      if (round >= 0) results[name].push(measured);
    }
  }
  const cases = compare(results, baseLine);
  const shareOf = (added, round) => added / results[baseLine][round].ns;
  const ratios = Object.entries(shares).map(([key, name]) => [
    key,
    median(cases[name].addedByRound.map(shareOf)),
  ]);
  return { cases, ratios: Object.fromEntries(ratios) };
}

export async function runCommand({ smoke }) {
  const observed = await observe(handlerClass(Command('PlaceOrder')), { tracing: false });
  const { cases, ratios } = await run({
    smoke,
    baseLine: 'command, undecorated',
    handlers: {
      'command, undecorated': new (handlerClass())(),
      'command, + metrics': observed.handler,
      'command, prom-client by hand': new (promClientClass())(),
      'command, OpenTelemetry metrics by hand': new ByOpenTelemetry(),
    },
    shares: {
      cpu_share_metrics: 'command, + metrics',
      cpu_share_prom_client: 'command, prom-client by hand',
      cpu_share_otel_metrics: 'command, OpenTelemetry metrics by hand',
    },
  });
  await observed.app.close();
  return { cases: withoutRounds(cases), ratios };
}

export async function runUnsampledCommand({ smoke }) {
  telemetry.unsampled();
  const observed = await observe(handlerClass(Command('PlaceOrder')));
  const names = {
    bare: 'command in a request that is not sampled, undecorated',
    ours: 'command in a request that is not sampled, + metrics + span',
    span: 'command in a request that is not sampled, nestjs-otel span alone',
    peer: 'command in a request that is not sampled, peer stack',
  };
  const { cases, ratios } = await run({
    smoke,
    within: inUnsampledRequest,
    baseLine: names.bare,
    handlers: {
      [names.bare]: new (handlerClass())(),
      [names.ours]: observed.handler,
      [names.span]: new (handlerClass(Span('command PlaceOrder')))(),
      [names.peer]: new (promClientClass(Span('command PlaceOrder')))(),
    },
    shares: {
      cpu_share_unsampled_spans: names.ours,
      cpu_share_unsampled_nestjs_otel_span: names.span,
      cpu_share_unsampled_peer_stack: names.peer,
    },
  });
  await observed.app.close();
  const command_unsampled_vs_peer_stack = addedRatio(cases[names.ours], cases[names.peer]);
  return {
    cases: withoutRounds(cases),
    ratios: { ...ratios, command_unsampled_vs_peer_stack },
  };
}
