/**
 * The value of a promise, unless it takes too long. The timer does not keep the process alive.
 *
 * @param subject - What is waited for, as it reads in the error.
 * @throws Error when the time is over.
 */
export async function withinTime<T>(
  promise: Promise<T>,
  limitMs: number,
  subject: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    const expire = () => reject(new Error(`${subject} did not answer in ${limitMs / 1000} s`));
    timer = setTimeout(expire, limitMs).unref();
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
