import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CallFrame } from '../formats/profile.js';

const PACKAGES = '/node_modules/';

/** Returns a call whose file is named without the folders of the machine. */
export function withoutMachine<T extends CallFrame>(frame: T): T {
  return { ...frame, url: relativeUrl(frame.url) };
}

/**
 * Returns the address of a file below the working directory, or of a package, as a relative path; of any other file its
 * name alone.
 */
export function relativeUrl(url: string, root = process.cwd()): string {
  if (url.startsWith('data:')) return 'data:';
  const path = pathOf(url);
  if (path === undefined) return url;
  const below = relative(root, path).split(sep).join('/');
  if (!below.startsWith('../') && !/^[a-z]:/i.test(below)) return below;
  const packages = below.lastIndexOf(PACKAGES);
  return below.slice(packages === -1 ? below.lastIndexOf('/') + 1 : packages + 1);
}

function pathOf(url: string): string | undefined {
  const [address = ''] = url.split(/[?#]/, 1);
  if (address.startsWith('/') || /^[a-z]:[\\/]/i.test(address)) return address;
  if (!address.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(address);
  } catch {
    // An address of another machine.
    return new URL(address).pathname;
  }
}
