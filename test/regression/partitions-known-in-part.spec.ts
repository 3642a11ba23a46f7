import { describe, expect, it } from 'vitest';
import type { Act, Setting } from '../unit/projections/simulation/history.js';
import { World } from '../unit/projections/simulation/world.js';

// Found by the simulation, and shrunk by it: the oracle in there says what is right.

const event = { matches: true, gap: 1, lateMs: 0 };
const other = { matches: false, gap: 1, lateMs: 0 };
const setting = (own: Partial<Setting>): Setting => ({
  head: 'counting',
  commit: 'push',
  partitions: 2,
  declared: false,
  hostile: false,
  filtered: true,
  tellsEnd: false,
  gapped: false,
  times: false,
  ...own,
});

const histories: readonly [title: string, setting: Setting, acts: readonly Act[]][] = [
  [
    'the position of one partition is not that of the projection before the heads are seen',
    setting({ commit: 'source' }),
    [
      { act: 'append', partition: 1, events: [event] },
      { act: 'head', works: false },
      { act: 'project', partition: 1, events: 1, commits: true },
      { act: 'observe' },
    ],
  ],
  [
    'a head is not compared with a checkpoint that its source was not asked to count from',
    setting({ head: 'lastOfAll', partitions: 3 }),
    [
      { act: 'append', partition: 2, events: [event, other] },
      { act: 'project', partition: 2, events: 1, commits: true },
      { act: 'observe' },
    ],
  ],
  [
    'a reset of all partitions does not outlive the first checkpoint of one of them',
    setting({ partitions: 1 }),
    [
      { act: 'append', partition: 0, events: [event] },
      { act: 'rebuild' },
      { act: 'project', partition: 0, events: 1, commits: true },
    ],
  ],
  [
    'a restart does not take a partition without news for one at the origin',
    setting({ partitions: 2 }),
    [
      { act: 'append', partition: 0, events: [event] },
      { act: 'append', partition: 1, events: [event] },
      { act: 'project', partition: 0, events: 1, commits: true },
      { act: 'project', partition: 1, events: 1, commits: true },
      { act: 'observe' },
      { act: 'append', partition: 0, events: [event] },
      { act: 'restart', process: 0 },
      { act: 'project', partition: 0, events: 1, commits: true },
      { act: 'observe' },
      { act: 'observe' },
    ],
  ],
];

describe('partitions that are known in part', () => {
  it.each(histories)('Partitions that are known in part %s', async (_title, where, acts) => {
    await expect(World.run(where, acts)).resolves.toBeUndefined();
  });
});
