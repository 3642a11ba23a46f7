/**
 * Loads an optional peer.
 *
 * @param load - A dynamic import of the package.
 * @param name - Name of the package.
 * @returns The package, or `undefined` when it is not installed. A package that is installed and broken throws.
 */
export async function loadOptionalPeer<T>(
  load: () => Promise<T>,
  name: string,
): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (isMissing(error, name)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message = '' } = (error ?? {}) as { code?: string; message?: string };
  const isNotFound = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return isNotFound && message.includes(`'${name}'`);
}
