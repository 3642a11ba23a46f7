/**
 * Waits for work that may never end.
 *
 * @param work - A rejection counts as an end; it is not passed on.
 * @param limitMs - Milliseconds.
 * @returns Whether the work ended in time.
 */
export async function endsWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  // Not unref'd: with nothing else to wait for, the process would end in the middle of its shutdown.
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const ended = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([ended, limit]);
  } finally {
    clearTimeout(timer);
  }
}
