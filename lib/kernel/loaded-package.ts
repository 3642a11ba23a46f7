import { createRequire } from 'node:module';
import { sep } from 'node:path';

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
