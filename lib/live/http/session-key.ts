import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const BYTES = 32;

/**
 * Returns the key that signs sessions. In development it is kept beside the installed packages, so that a page that is
 * open goes on after a restart.
 */
export function sessionKey(folder = process.cwd(), environment = process.env['NODE_ENV']): Buffer {
  const fresh = randomBytes(BYTES);
  const packages = environment === 'production' ? undefined : packagesAbove(folder);
  if (packages === undefined) return fresh;
  const place = join(packages, '.cache', 'eventcore-observability');
  const file = join(place, 'live-session-key');
  try {
    if (existsSync(file)) {
      const known = readFileSync(file);
      if (known.length === BYTES) return known;
    }
    mkdirSync(place, { recursive: true });
    writeFileSync(file, fresh, { mode: 0o600 });
  } catch {
    // A folder that is read-only: sessions end with the process.
  }
  return fresh;
}

/** Returns the nearest folder of installed packages. */
function packagesAbove(folder: string): string | undefined {
  const here = join(folder, 'node_modules');
  if (existsSync(here)) return here;
  const parent = dirname(folder);
  return parent === folder ? undefined : packagesAbove(parent);
}
