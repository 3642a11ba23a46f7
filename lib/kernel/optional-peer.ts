import { createRequire } from 'node:module';
import { sep } from 'node:path';

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

/**
 * Whether this process has loaded a package of CommonJS modules, whoever asked for it: then it costs nothing to load it
 * again. Where nobody can tell, the answer is yes.
 */
export function isLoaded(name: string): boolean {
  const folder = ['', 'node_modules', ...name.split('/'), ''].join(sep);
  try {
    // The cache is that of the process, whatever the path.
    return Object.keys(createRequire(process.execPath).cache).some((it) => it.includes(folder));
  } catch {
    return true;
  }
}
