import { setTimeout as pause } from 'node:timers/promises';

const INTERVAL_MS = 200;

/** The first answer that is not `undefined`; the last fault when there is none in time. */
export async function poll<T>(
  ask: () => Promise<T | undefined>,
  { what, timeoutMs }: { readonly what: string; readonly timeoutMs: number },
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let fault: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      fault = error;
    }
    await pause(INTERVAL_MS);
  }
  throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: fault });
}
