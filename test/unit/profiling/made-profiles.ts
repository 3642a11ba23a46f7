import type { CallFrame, CpuProfile, HeapProfile } from '../../../lib/profiling/formats/profile.js';

const frame = (functionName: string, url = '', line = 0): CallFrame => ({
  functionName,
  url,
  lineNumber: line - 1,
  columnNumber: 0,
  scriptId: '1',
});

/**
 * A CPU profile of 100 ms: 20 ms in `handle`, 30 ms in native code below it, 10 ms in an anonymous function, 10 ms of
 * garbage collection, and nothing else.
 */
export const cpuProfile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 5, 6] },
    { id: 2, callFrame: frame('handle', 'src/orders.js', 12), children: [3, 4] },
    { id: 3, callFrame: frame('pbkdf2') },
    { id: 4, callFrame: frame('', 'src/orders.js', 40) },
    { id: 5, callFrame: frame('(garbage collector)') },
    { id: 6, callFrame: frame('(idle)') },
  ],
  startTime: 1_000_000,
  endTime: 1_100_000,
  samples: [6, 2, 2, 3, 3, 3, 4, 5, 6, 6],
  // The first is the time before the first sample; one sample is out of order.
  timeDeltas: [500, 10_000, 10_000, 10_000, 20_000, 10_000, -1, 10_000, 10_000, 10_000],
};

/** A heap profile: 1,000 bytes in `load`, 500 in native code below it. */
export const heapProfile: HeapProfile = {
  head: {
    callFrame: frame('(root)'),
    selfSize: 0,
    children: [
      {
        callFrame: frame('load', 'node_modules/pg/lib/client.js', 7),
        selfSize: 1_000,
        children: [{ callFrame: frame('parse'), selfSize: 500, children: [] }],
      },
    ],
  },
};

/** Start of both. */
export const startMs = Date.UTC(2026, 10, 30, 8, 30, 0, 250);

export const takenCpu = {
  kind: 'cpu',
  profile: cpuProfile,
  startMs,
  durationMs: 100,
} as const;

export const takenHeap = {
  kind: 'heap',
  profile: heapProfile,
  startMs,
  durationMs: 1_500,
} as const;
