// Handlers of every shape, with and without errors, one name and many: undecorated, observed by us, and with prom-client by
// hand.
import { Command } from '@eventcore/nestjs-observability';
import { of, finalize, tap, throwError } from 'rxjs';
import { addedRatio, compare, runRounds, withoutRounds } from './measure.mjs';
import { decorate, observe } from './observed-application.mjs';
import { PromClientMetrics } from './peers.mjs';

const NAMES = 256;
const failure = new Error('Refused.');

/**
 * For each shape the handler, one that fails, what prom-client needs around it, and its caller. The error is always the
 * same one: what its stack costs is not what is compared.
 */
const shapes = {
  sync: {
    work: (order) => order + 1,
    fail: () => {
      throw failure;
    },
    byHand: (work, metrics) => (order) => {
      const end = metrics.begin('PlaceOrder');
      let outcome = 'succeeded';
      try {
        return work(order);
      } catch (error) {
        outcome = 'failed';
        throw error;
      } finally {
        end(outcome);
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
    byHand: awaitedByHand,
    call: callAwaited,
  },
  'async function': {
    work: async (order) => order + 1,
    fail: async () => {
      throw failure;
    },
    byHand: awaitedByHand,
    call: callAwaited,
  },
  Observable: {
    work: (order) => of(order + 1),
    fail: () => throwError(() => failure),
    byHand: (work, metrics) => (order) => {
      const end = metrics.begin('PlaceOrder');
      let outcome = 'succeeded';
      const error = () => (outcome = 'failed');
      return work(order).pipe(
        tap({ error }),
        finalize(() => end(outcome)),
      );
    },
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
    byHand: (work, metrics) =>
      async function* (order) {
        const end = metrics.begin('PlaceOrder');
        let outcome = 'succeeded';
        try {
          yield* work(order);
        } catch (error) {
          outcome = 'failed';
          throw error;
        } finally {
          end(outcome);
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

function awaitedByHand(work, metrics) {
  return async (order) => {
    const end = metrics.begin('PlaceOrder');
    let outcome = 'succeeded';
    try {
      return await work(order);
    } catch (error) {
      outcome = 'failed';
      throw error;
    } finally {
      end(outcome);
    }
  };
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
  const peer = classOf({ place: byHand(work, new PromClientMetrics()) });
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
    methodsOf((key) => async (order) => {
      const end = metrics.begin(key);
      try {
        return await placed(order);
      } finally {
        end('succeeded');
      }
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

async function placed(order) {
  return order + 1;
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
  for (const [label, shape] of Object.entries(shapes)) {
    add(label, await compareShape(label, shape, amounts));
    const failing = { ...shape, work: shape.fail };
    add(`${label} that fails`, await compareShape(`${label} that fails`, failing, amounts));
  }
  add(`${NAMES} names`, await compareManyNames(amounts));
  return found;
}
