import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// Debian keeps the server programs of PostgreSQL off the path, and daemons off the path of users.
const MORE_FOLDERS = [
  ...['18', '17', '16', '15'].map((it) => `/usr/lib/postgresql/${it}/bin`),
  '/usr/sbin',
];

/**
 * Where a program of the system is; `undefined` lets a test skip.
 *
 * @throws Error when it is missing and REQUIRE_SYSTEM=1 says that nothing may be skipped.
 */
export function systemProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS];
  const found = folders.map((it) => join(it, name)).find(isExecutable);
  if (found === undefined && process.env['REQUIRE_SYSTEM'] === '1') {
    throw new Error(`${name} is not installed, and REQUIRE_SYSTEM=1 asks for it`);
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
