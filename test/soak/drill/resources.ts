import CircuitBreaker from 'opossum';
import pg from 'pg';
import { RunningApplication } from '../../e2e/module/running-application.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import {
  type DrilledApplication,
  hostOf,
  observability,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const CONNECTIONS = 2;
const CHECK_LIMIT_MS = 1_000;

function breakerOf(isDown: () => boolean): CircuitBreaker<[], void> {
  const call = async () => {
    if (isDown()) throw new Error('refused');
  };
  return new CircuitBreaker(call, { resetTimeout: 600, timeout: false, volumeThreshold: 1 });
}

async function start(): Promise<RunningDrill> {
  const database = await RunningPostgres.start();
  const pool = new pg.Pool({ connectionString: database.url, max: CONNECTIONS });
  const probes = new pg.Pool({ connectionString: database.url, max: CONNECTIONS });
  for (const it of [pool, probes]) it.on('error', () => undefined);
  const application = await RunningApplication.start({
    imports: [
      observability({
        health: {
          checks: [
            {
              ...{ name: 'database', timeoutMs: CHECK_LIMIT_MS, cacheMs: 0 },
              check: async () => {
                await probes.query('SELECT 1');
              },
            },
          ],
        },
      }),
    ],
  });
  const { service } = application;
  let isDown = false;
  let recovers = false;
  const payments = breakerOf(() => isDown);
  // Fails when it is closed, and succeeds in its trial.
  const shipping: CircuitBreaker<[], void> = breakerOf(() => recovers && !shipping.halfOpen);
  service.registerPool('orders', pool as never);
  service.registerCircuitBreaker('payments', payments as never);
  service.registerCircuitBreaker('shipping', shipping as never);
  const lent: pg.PoolClient[] = [];
  const ends = [
    repeat(300, () => payments.fire()),
    repeat(300, () => shipping.fire()),
    repeat(500, () => pool.query('SELECT 1')),
    repeat(1_000, () => application.get('/health')),
  ];
  return {
    targets: [hostOf(application.url)],
    steps: [
      [
        {
          alerts: ['PoolExhausted'],
          breaks: async () => {
            for (let i = 0; i < CONNECTIONS; i++) lent.push(await pool.connect());
          },
          mends: () => {
            for (const it of lent.splice(0)) it.release();
          },
        },
        {
          alerts: ['CircuitBreakerOpen'],
          breaks: () => (isDown = true),
          mends: () => (isDown = false),
        },
        {
          alerts: ['CircuitBreakerFlapping'],
          breaks: () => (recovers = true),
          mends: () => (recovers = false),
        },
      ],
      [
        {
          alerts: ['HealthCheckDown'],
          breaks: () => database.freeze(),
          mends: () => database.thaw(),
        },
      ],
    ],
    stop: async () => {
      for (const end of ends) end();
      for (const it of lent.splice(0)) it.release();
      payments.shutdown();
      shipping.shutdown();
      await application.close();
      await Promise.allSettled([pool.end(), probes.end()]);
      await database.stop();
    },
  };
}

/** A pool on PostgreSQL, circuit breakers of opossum, and a health check of the database. */
export const resourcesDrill: DrilledApplication = {
  job: 'resources',
  alerts: ['PoolExhausted', 'CircuitBreakerOpen', 'CircuitBreakerFlapping', 'HealthCheckDown'],
  start,
};
