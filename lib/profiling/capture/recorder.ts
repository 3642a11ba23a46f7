import type { Session } from 'node:inspector/promises';
import type { CpuProfile, HeapNode, HeapProfile } from '../formats/profile.js';
import { CPU_PERIOD_US, HEAP_PERIOD_BYTES, type ProfileKind } from '../formats/profile-kinds.js';
import { withoutMachine } from './relative-urls.js';

/** Resolves at the end of a recording; a rejection throws it away. */
export type RecordingEnd = () => Promise<void>;

/** Recorders by kind. They record until the end, and leave nothing of the inspector switched on. */
export const recorders = {
  cpu: recordCpu,
  heap: recordHeap,
} satisfies Record<ProfileKind, (end: RecordingEnd) => Promise<unknown>>;

async function recordCpu(end: RecordingEnd): Promise<CpuProfile> {
  return inSession('Profiler.enable', async (session) => {
    await session.post('Profiler.setSamplingInterval', { interval: CPU_PERIOD_US });
    await session.post('Profiler.start');
    await end();
    const { profile } = await session.post('Profiler.stop');
    const { startTime, endTime, samples = [], timeDeltas = [] } = profile;
    const nodes = profile.nodes.map(({ id, callFrame, children }) => ({
      id,
      callFrame: withoutMachine(callFrame),
      children,
    }));
    return { nodes, startTime, endTime, samples, timeDeltas };
  });
}

async function recordHeap(end: RecordingEnd): Promise<HeapProfile> {
  return inSession('HeapProfiler.enable', async (session) => {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: HEAP_PERIOD_BYTES,
      // Garbage was allocated as well.
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    await end();
    const { profile } = await session.post('HeapProfiler.stopSampling');
    return { head: relativeNode(profile.head) };
  });
}

function relativeNode({ callFrame, selfSize, children }: HeapNode): HeapNode {
  return { callFrame: withoutMachine(callFrame), selfSize, children: children.map(relativeNode) };
}

async function inSession<T>(
  enable: 'Profiler.enable' | 'HeapProfiler.enable',
  record: (session: Session) => Promise<T>,
): Promise<T> {
  // A Node.js that was built without the inspector has no such module.
  const inspector = await import('node:inspector/promises');
  const session = new inspector.Session();
  session.connect();
  try {
    await session.post(enable as 'Profiler.enable');
    return await record(session);
  } finally {
    // The end of a session switches its domain off, and throws away what it records.
    session.disconnect();
  }
}
