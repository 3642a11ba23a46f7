import type { Session } from 'node:inspector/promises';
import type { CpuProfile, HeapNode, HeapProfile } from '../formats/profile.js';
import { withoutMachine } from './relative-urls.js';

/** Time between two samples of a CPU profile in microseconds. */
export const CPU_PERIOD_US = 10_000;

/** Bytes between two samples of allocations on average. */
export const HEAP_PERIOD_BYTES = 32_768;

/** Ends a recording; a rejection throws it away. */
export type RecordingEnd = () => Promise<void>;

/** Records where time goes until the end. Nothing of the inspector stays on. */
export async function recordCpu(end: RecordingEnd): Promise<CpuProfile> {
  return inSession('Profiler', async (session) => {
    await session.post('Profiler.setSamplingInterval', { interval: CPU_PERIOD_US });
    await session.post('Profiler.start');
    await end();
    const { profile } = await session.post('Profiler.stop');
    const nodes = profile.nodes.map(({ id, callFrame, children }) => ({
      id,
      callFrame: withoutMachine(callFrame),
      ...(children && { children }),
    }));
    return { ...profile, nodes };
  });
}

/** Records who allocates memory until the end, what was freed meanwhile as well. Nothing of the inspector stays on. */
export async function recordHeap(end: RecordingEnd): Promise<HeapProfile> {
  return inSession('HeapProfiler', async (session) => {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: HEAP_PERIOD_BYTES,
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
  domain: 'Profiler' | 'HeapProfiler',
  record: (session: Session) => Promise<T>,
): Promise<T> {
  // A Node.js that was built without the inspector has no such module.
  const inspector = await import('node:inspector/promises');
  const session = new inspector.Session();
  session.connect();
  try {
    await (domain === 'Profiler'
      ? session.post('Profiler.enable')
      : session.post('HeapProfiler.enable'));
    return await record(session);
  } finally {
    // The end of a session switches its domains off, and throws away what they record.
    session.disconnect();
  }
}
