import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseDrill } from '../e2e/shop/database-drill.js';
import { faultsOf } from '../e2e/shop/drill-figures.js';
import { systemProgram } from '../system/system-program.js';

const TIMES = 5;
const FREEZE_MS = 25_000;
const TIMEOUT_MS = 900_000;

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)(
  'the shop on a database that breaks',
  () => {
    let drill: DatabaseDrill;

    beforeAll(async () => {
      drill = await DatabaseDrill.start();
      drill.open();
    });
    afterAll(() => drill?.stop());

    it(
      'The shop loses no event when its database is killed, restarted, frozen, silent or ends all connections, five times each',
      async () => {
        const { database, proxy } = drill;
        for (let time = 0; time < TIMES; time++) {
          await drill.run('terminated', { breaks: () => drill.terminateAll() });
          await drill.run('killed', {
            breaks: () => database.kill(),
            lasts: () => undefined,
            mends: () => database.startAgain(),
          });
          await drill.run('restarted', {
            breaks: () => database.shutDown(),
            lasts: () => undefined,
            mends: () => database.startAgain(),
          });
          await drill.run('frozen', {
            breaks: () => database.freeze(),
            lasts: () => pause(FREEZE_MS),
            mends: () => database.thaw(),
          });
          await drill.run('silent', {
            breaks: () => proxy.silence(),
            lasts: () => pause(FREEZE_MS),
            mends: () => proxy.speak(),
          });
        }
        console.table(
          drill.figures.map(({ counted, stored: _equal, ...it }) => ({ ...it, ...counted })),
        );
        expect(drill.figures.flatMap(faultsOf)).toEqual([]);
        expect(drill.figures).toHaveLength(5 * TIMES);
      },
      TIMEOUT_MS,
    );
  },
);
