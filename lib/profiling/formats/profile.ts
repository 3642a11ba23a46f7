/** Place of a function. Lines and columns count from 0. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
  readonly scriptId: string;
}

/** Call of a function below another one. */
interface CpuNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[] | undefined;
}

/** CPU profile in the form of V8, as in `.cpuprofile` files. Times are in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly CpuNode[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Allocations of a function below another one. */
export interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/** Sampled allocations in the form of V8, as in `.heapprofile` files. */
export interface HeapProfile {
  readonly head: HeapNode;
}

/** Measured values of one stack of calls. */
export interface Stack {
  /** The calls, the innermost first, without the root. */
  readonly frames: readonly CallFrame[];
  /** Samples and nanoseconds of a CPU profile; bytes of a heap profile. */
  readonly values: readonly number[];
}

const ROOT = '(root)';
const IDLE = '(idle)';

/** Returns the stacks of a CPU profile, each with its samples and nanoseconds, without the time in which nothing ran. */
export function cpuStacks({ nodes, samples, timeDeltas }: CpuProfile): Stack[] {
  const parents = new Map<number, CpuNode>();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  const measured = new Map<number, [count: number, nanoseconds: number]>();
  for (const [i, id] of samples.entries()) {
    const [count, nanoseconds] = measured.get(id) ?? [0, 0];
    // A sample lasts until the next one. V8 now and then writes samples out of order.
    const lengthUs = Math.max(0, timeDeltas[i + 1] ?? 0);
    measured.set(id, [count + 1, nanoseconds + lengthUs * 1_000]);
  }
  return nodes.flatMap((node) => {
    const values = measured.get(node.id);
    if (values === undefined || node.callFrame.functionName === IDLE) return [];
    return [{ frames: framesOf(node, parents), values }];
  });
}

function framesOf(node: CpuNode, parents: ReadonlyMap<number, CpuNode>): CallFrame[] {
  const frames: CallFrame[] = [];
  for (let it: CpuNode | undefined = node; it !== undefined; it = parents.get(it.id))
    if (it.callFrame.functionName !== ROOT) frames.push(it.callFrame);
  return frames;
}

/** Returns the stacks of a heap profile, each with its bytes. */
export function heapStacks({ head }: HeapProfile): Stack[] {
  const stacks: Stack[] = [];
  const open: [node: HeapNode, callers: readonly CallFrame[]][] = [[head, []]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [{ callFrame, selfSize, children }, callers] = next;
    const frames = callFrame.functionName === ROOT ? callers : [callFrame, ...callers];
    if (selfSize > 0) stacks.push({ frames, values: [selfSize] });
    for (const child of children) open.push([child, frames]);
  }
  return stacks;
}
