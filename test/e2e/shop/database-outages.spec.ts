import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemProgram } from '../../system/system-program.js';
import { DatabaseDrill } from './database-drill.js';
import { faultsOf } from './drill-figures.js';

/** Longer than all time limits of the shop, which are shortened here. */
const LASTS_MS = 2_500;

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)('a database that breaks', () => {
  let drill: DatabaseDrill;

  beforeAll(async () => {
    drill = await DatabaseDrill.start({ DATABASE_TIMEOUT_MS: '1000' });
    drill.open();
  });
  afterAll(() => drill?.stop());

  it('The shop survives the end of all connections, and its totals equal those of the log', async () => {
    expect(faultsOf(await drill.run('terminated', { breaks: () => drill.terminateAll() }))).toEqual(
      [],
    );
  });

  it('The shop is not ready while its database is dead, and goes on with nothing lost', async () => {
    const { database } = drill;
    const outage = { breaks: () => database.kill(), mends: () => database.startAgain() };
    expect(faultsOf(await drill.run('killed', { ...outage, lasts: () => undefined }))).toEqual([]);
  });

  it('The shop is not ready while its database is frozen, and settles the appends under way', async () => {
    const { database } = drill;
    const outage = { breaks: () => database.freeze(), mends: () => database.thaw() };
    expect(
      faultsOf(await drill.run('frozen', { ...outage, lasts: () => pause(LASTS_MS) })),
    ).toEqual([]);
  });

  it('The shop leaves connections that went silent, and its abandoned sessions keep no lock', async () => {
    const { proxy } = drill;
    const outage = { breaks: () => proxy.silence(), mends: () => proxy.speak() };
    expect(
      faultsOf(await drill.run('silent', { ...outage, lasts: () => pause(LASTS_MS) })),
    ).toEqual([]);
  });
});
