// Handlers of every shape, with and without errors, one name and many: undecorated, observed by us, and with prom-client by
// hand.
import { Command } from '@eventcore/nestjs-observability';
import { defer, of, tap, throwError } from 'rxjs';
import { addedRatio, compare, runRounds, withoutRounds } from './measure.mjs';
import { decorate, observe } from './observed-application.mjs';
import { PLACE_ORDER, PromClientMetrics } from './peers.mjs';

const NAMES = 256;
const failure = new Error('Refused.');

/**
 * For each shape a handler, one that fails, the same two with prom-client in their bodies, and their caller. The error is always
 * the same one: the cost of its stack is not compared.
 */
const shapes = {
  sync: {
    work: (order) => order + 1,
    fail: () => {
      throw failure;
    },
    workByHand: (metrics) => (order) => {
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
    },
    failByHand: (metrics) => () => {
      metrics.start(PLACE_ORDER);
      const startedMs = performance.now();
      try {
        throw failure;
      } catch (error) {
        metrics.fail(PLACE_ORDER, startedMs);
        throw error;
      }
    },
    call: (handler, key) => (calls) => {
      for (let i = 0; i < calls; i++) {
        try {
          globalThis.blackhole += handler[key](i);
        } catch {
          globalThis.blackhole++;
        }
      }
    },
  },
  promise: {
    work: (order) => Promise.resolve(order + 1),
    fail: () => Promise.reject(failure),
    workByHand: (metrics) => (order) => {
      metrics.start(PLACE_ORDER);
      const startedMs = performance.now();
      return Promise.resolve(order + 1).then(
        (result) => {
          metrics.succeed(PLACE_ORDER, startedMs);
          return result;
        },
        (error) => {
          metrics.fail(PLACE_ORDER, startedMs);
          throw error;
        },
      );
    },
    failByHand: (metrics) => () => {
      metrics.start(PLACE_ORDER);
      const startedMs = performance.now();
      return Promise.reject(failure).catch((error) => {
        metrics.fail(PLACE_ORDER, startedMs);
        throw error;
      });
    },
    call: callAwaited,
  },
  'async function': {
    work: async (order) => order + 1,
    fail: async () => {
      throw failure;
    },
    workByHand: (metrics) => async (order) => {
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
    },
    failByHand: (metrics) => async () => {
      metrics.start(PLACE_ORDER);
      const startedMs = performance.now();
      try {
        throw failure;
      } catch (error) {
        metrics.fail(PLACE_ORDER, startedMs);
        throw error;
      }
    },
    call: callAwaited,
  },
  Observable: {
    work: (order) => of(order + 1),
    fail: () => throwError(() => failure),
    workByHand: (metrics) => (order) => of(order + 1).pipe(recordedWith(metrics)),
    failByHand: (metrics) => () => throwError(() => failure).pipe(recordedWith(metrics)),
    call: (handler, key) => (calls) => {
      const observer = {
        next: (it) => (globalThis.blackhole += it),
        error: () => globalThis.blackhole++,
      };
      for (let i = 0; i < calls; i++) handler[key](i).subscribe(observer);
    },
  },
  'async iterator': {
    work: async function* (order) {
      yield order;
      yield order + 1;
    },
    fail: async function* (order) {
      yield order;
      throw failure;
    },
    // A consumer that stops early ends the call with success, in `finally`.
    workByHand: (metrics) =>
      async function* (order) {
        metrics.start(PLACE_ORDER);
        const startedMs = performance.now();
        let hasFailed = false;
        try {
          yield order;
          yield order + 1;
        } catch (error) {
          hasFailed = true;
          metrics.fail(PLACE_ORDER, startedMs);
          throw error;
        } finally {
          if (!hasFailed) metrics.succeed(PLACE_ORDER, startedMs);
        }
      },
    failByHand: (metrics) =>
      async function* (order) {
        metrics.start(PLACE_ORDER);
        const startedMs = performance.now();
        let hasFailed = false;
        try {
          yield order;
          throw failure;
        } catch (error) {
          hasFailed = true;
          metrics.fail(PLACE_ORDER, startedMs);
          throw error;
        } finally {
          if (!hasFailed) metrics.succeed(PLACE_ORDER, startedMs);
        }
      },
    call: (handler, key) => async (calls) => {
      for (let i = 0; i < calls; i++) {
        try {
          for await (const it of handler[key](i)) globalThis.blackhole += it;
        } catch {
          globalThis.blackhole++;
        }
      }
    },
  },
};

/** An operator that records each subscription, as one `tap`: it costs less than `tap` and `finalize`. */
function recordedWith(metrics) {
  return (source) =>
    defer(() => {
      metrics.start(PLACE_ORDER);
      const startedMs = performance.now();
      const succeed = () => metrics.succeed(PLACE_ORDER, startedMs);
      return source.pipe(
        tap({
          complete: succeed,
          unsubscribe: succeed,
          error: () => metrics.fail(PLACE_ORDER, startedMs),
        }),
      );
    });
}

function callAwaited(handler, key) {
  return async (calls) => {
    for (let i = 0; i < calls; i++) {
      try {
        globalThis.blackhole += await handler[key](i);
      } catch {
        globalThis.blackhole++;
      }
    }
  };
}

const casesOf = (label) => ({
  bare: `${label}, undecorated`,
  ours: `${label}, + metrics`,
  byHand: `${label}, prom-client by hand`,
});

/** A class whose methods are these functions. */
function classOf(methods) {
  const Handlers = class {};
  for (const [key, value] of Object.entries(methods)) {
    Object.defineProperty(Handlers.prototype, key, { value, writable: true, configurable: true });
  }
  return Handlers;
}

async function compareShape(label, { work, byHand, call }, amounts) {
  const Decorated = classOf({ place: work });
  decorate(Decorated, 'place', Command('PlaceOrder'));
  const { app, handler } = await observe(Decorated, { tracing: false });
  const names = casesOf(label);
  const peer = classOf({ place: byHand(new PromClientMetrics()) });
  const results = await runRounds(
    {
      [names.bare]: call(new (classOf({ place: work }))(), 'place'),
      [names.ours]: call(handler, 'place'),
      [names.byHand]: call(new peer(), 'place'),
    },
    amounts,
  );
  await app.close();
  return compared(results, names);
}

/** As many handlers as a large application has, called in turn. */
async function compareManyNames(amounts) {
  const keys = Array.from({ length: NAMES }, (_, i) => `place${i}`);
  const methodsOf = (make) => Object.fromEntries(keys.map((key) => [key, make(key)]));
  const Undecorated = classOf(methodsOf(() => async (order) => order + 1));
  const Decorated = classOf(methodsOf(() => async (order) => order + 1));
  for (const key of keys) decorate(Decorated, key, Command(key));
  const metrics = new PromClientMetrics();
  const ByHand = classOf(
    methodsOf((key) => {
      const labels = { command: key };
      return async (order) => {
        metrics.start(labels);
        const startedMs = performance.now();
        try {
          const result = order + 1;
          metrics.succeed(labels, startedMs);
          return result;
        } catch (error) {
          metrics.fail(labels, startedMs);
          throw error;
        }
      };
    }),
  );
  const call = (handler) => async (calls) => {
    for (let i = 0; i < calls; i++) globalThis.blackhole += await handler[keys[i % NAMES]](i);
  };
  const { app, handler } = await observe(Decorated, { tracing: false });
  const names = casesOf(`${NAMES} names`);
  const results = await runRounds(
    {
      [names.bare]: call(new Undecorated()),
      [names.ours]: call(handler),
      [names.byHand]: call(new ByHand()),
    },
    amounts,
  );
  await app.close();
  return compared(results, names);
}

function compared(results, { bare, ours, byHand }) {
  const cases = compare(results, bare);
  return { cases: withoutRounds(cases), ratio: addedRatio(cases[ours], cases[byHand]) };
}

export async function runShapes({ smoke }) {
  const amounts = smoke
    ? { rounds: 3, warmUpRounds: 1, calls: 300 }
    : { rounds: 21, warmUpRounds: 5, calls: 2_000, seconds: 2 };
  const found = { cases: {}, ratios: {} };
  const add = (label, { cases, ratio }) => {
    Object.assign(found.cases, cases);
    found.ratios[`metrics_${label.replaceAll(/\W+/g, '_').toLowerCase()}_vs_prom_client`] = ratio;
  };
  for (const [label, { work, fail, workByHand, failByHand, call }] of Object.entries(shapes)) {
    const succeeding = { work, byHand: workByHand, call };
    const failing = { work: fail, byHand: failByHand, call };
    add(label, await compareShape(label, succeeding, amounts));
    add(`${label} that fails`, await compareShape(`${label} that fails`, failing, amounts));
  }
  add(`${NAMES} names`, await compareManyNames(amounts));
  return found;
}
