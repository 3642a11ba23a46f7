import { libraryName } from '../library.js';
import { requireOf } from './require-of.js';

// This file is imported dynamically only: `import.meta` is a syntax error in modules compiled to CommonJS, as under Jest.

/** URL of the file that runs. A bundle in CommonJS has none. */
export const ownUrl: string = import.meta.url;

/**
 * Returns true if Node.js runs the files of this package. A bundle contains other copies of packages than those that
 * Node.js resolves from its folder.
 */
export function isUnbundled(): boolean {
  try {
    const entry = import.meta.resolve(libraryName);
    return ownUrl.startsWith(new URL('.', entry).href);
  } catch {
    return false;
  }
}

/** Returns true if a package is resolvable from this package, without loading it. */
export function canResolve(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return false;
    throw error;
  }
}

/** Returns a function that loads the dependencies of a package in the versions that it uses. */
export function requireFrom(name: string): (dependency: string) => unknown {
  return requireOf(requireOf(ownUrl).resolve(name));
}
