const PERIOD_MS = 20;
const SHARE = 0.7;

const kept: unknown[] = [];

/** Burns the processor. */
export function burnProcessor(untilMs: number): number {
  let sum = 0;
  while (performance.now() < untilMs) for (let i = 0; i < 1_000; i++) sum += Math.sqrt(i);
  return sum;
}

/** Allocates memory that becomes garbage. */
export function allocateGarbage(): void {
  kept.length = 0;
  for (let i = 0; i < 500; i++) kept.push(Array.from({ length: 100 }, () => i));
}

/** Keeps the process busy with turns for requests in between, until it is stopped. */
export function keepBusy(work: (untilMs: number) => unknown): () => void {
  const timer = setInterval(() => work(performance.now() + PERIOD_MS * SHARE), PERIOD_MS);
  return () => clearInterval(timer);
}
