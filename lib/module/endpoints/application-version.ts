import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

const INSTALLED = `${sep}node_modules${sep}`;

/**
 * Returns the version in the nearest package.json above the main file that states one; `undefined` without one. A folder
 * of compiled files may have a package.json of its own, without a version. A program that is installed, such as a test
 * runner, is not the application.
 *
 * @param main - Path of the main file.
 */
export function applicationVersion(main = process.argv[1]): string | undefined {
  if (main === undefined) return undefined;
  try {
    const file = realpathSync(main);
    return file.includes(INSTALLED) ? undefined : versionAbove(dirname(file));
  } catch {
    return undefined;
  }
}

function versionAbove(folder: string): string | undefined {
  const version = versionIn(folder);
  const parent = dirname(folder);
  return version ?? (parent === folder ? undefined : versionAbove(parent));
}

function versionIn(folder: string): string | undefined {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    const { version } = JSON.parse(text) as { readonly version?: unknown };
    return typeof version === 'string' && version !== '' ? version : undefined;
  } catch {
    return undefined;
  }
}
