import { sep } from 'node:path';
import { ConfigurationError } from '../configuration-error.js';
import { requireOf } from './require-of.js';

/** Imports an optional peer; gives `undefined` when it is not installed. */
export type PeerImport<T = unknown> = () => Promise<T | undefined>;

/**
 * Handles the error of the import of an optional peer. Bundlers accept a package that is not installed only in a `try`
 * block, and include it only by a literal specifier, so each import is written out:
 * `try { return await import('prom-client'); } catch (error) { return ifMissing(error, 'prom-client'); }`.
 *
 * @returns `undefined` when the package is not installed.
 * @throws The error of a package that is installed but fails to load.
 */
export function ifMissing(error: unknown, name: string): undefined {
  const { code, message = '' } = (error ?? {}) as { code?: string; message?: string };
  const isNotFound = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  if (!isNotFound || !message.includes(`'${name}'`)) throw error;
  return undefined;
}

// Loaded early, because the start of the application would otherwise wait for the file.
const search = import('./installed-package.js').then(
  (it) => it.installedPackages(),
  () => undefined,
);

/** Returns the search among installed packages; `undefined` in a bundle and where modules are compiled to CommonJS. */
export function installedPackageSearch() {
  return search;
}

/**
 * Returns true if an optional peer is installed. Node.js answers it for this package without loading the peer; in a
 * bundle only the import can tell.
 */
export async function isInstalled(name: string, importPeer: PeerImport): Promise<boolean> {
  try {
    const found = await search;
    if (found !== undefined) return found.canResolve(name);
  } catch {
    // Resolution is not available.
  }
  return (await importPeer()) !== undefined;
}

/**
 * Returns true when this process has already loaded a CommonJS package, so that loading it again is free. Returns true
 * when the module cache is not accessible.
 */
export function isLoaded(name: string): boolean {
  const folder = ['', 'node_modules', ...name.split('/'), ''].join(sep);
  try {
    // The cache is shared by the process, whatever the path.
    return Object.keys(requireOf(process.execPath).cache).some((it) => it.includes(folder));
  } catch {
    return true;
  }
}

/** The error for an option whose package is not installed. */
export function missingPeer(option: string, value: unknown, peer: string): ConfigurationError {
  return new ConfigurationError('OBS_PEER_MISSING', {
    subject: option,
    value,
    rule: `it needs the package ${peer}, which is not installed`,
    remedy: `Run npm install ${peer}, or remove the option.`,
  });
}
