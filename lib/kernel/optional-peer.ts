import { ConfigurationError } from './configuration-error.js';
import { createRequire } from 'node:module';
import { sep } from 'node:path';

/**
 * Loads an optional peer dependency.
 *
 * @param load - Dynamic import of the package.
 * @param name - Package name.
 * @returns The package, or `undefined` when it is not installed.
 * @throws The error of a package that is installed but fails to load.
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
 * Returns true when this process has already loaded a CommonJS package, so that loading it again is free. Returns true
 * when the module cache is not accessible.
 */
export function isLoaded(name: string): boolean {
  const folder = ['', 'node_modules', ...name.split('/'), ''].join(sep);
  try {
    // The cache is shared by the process, whatever the path.
    return Object.keys(createRequire(process.execPath).cache).some((it) => it.includes(folder));
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
