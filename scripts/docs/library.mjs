// Modules of lib, loaded from their TypeScript source.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = new URL('../..', import.meta.url);

/** The exports of a file of lib that uses no decorators. */
export async function loadSource(file) {
  const path = fileURLToPath(new URL(file, root));
  const { module } = await runnerImport(path, { configFile: false, logLevel: 'error' });
  return module;
}
