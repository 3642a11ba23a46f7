import { libraryName } from '../library.js';
import { requireOf } from './require-of.js';

// This file is imported dynamically only: `import.meta` is a syntax error in modules compiled to CommonJS, as under Jest.

/** Packages that Node.js finds for the files of this package. */
export interface InstalledPackages {
  /** URL of a file of this package. */
  readonly ownUrl: string;
  /** Returns true if a package is resolvable, without loading it. */
  canResolve(name: string): boolean;
  /** Returns a function that loads the dependencies of a package in the versions that it uses. */
  requireFrom(name: string): (dependency: string) => unknown;
}

/**
 * Returns `undefined` in a bundle, which contains other copies of packages than those that Node.js resolves from its
 * folder.
 */
export function installedPackages(): InstalledPackages | undefined {
  if (!isUnbundled()) return undefined;
  const ownUrl = import.meta.url;
  const requireFrom = (name: string) => requireOf(requireOf(ownUrl).resolve(name));
  return { ownUrl, canResolve, requireFrom };
}

/** Returns true if the name of this package leads to the file that runs. */
function isUnbundled(): boolean {
  try {
    const entry = import.meta.resolve(libraryName);
    return import.meta.url.startsWith(new URL('.', entry).href);
  } catch {
    return false;
  }
}

function canResolve(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return false;
    throw error;
  }
}
