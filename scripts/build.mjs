// Builds the library: tsc and the bundler write to a folder beside dist, which then takes the place of dist. A process
// that runs from dist never finds half a build, and builds at the same time do not write to each other's files.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceFolder } from './replace-folder.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const fresh = join(root, `dist-${process.pid}`);

removeAbandonedBuilds();
try {
  run('node_modules/.bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh);
  run('node_modules/.bin/tsc', '-p', 'lib/live/client');
  run('scripts/bundle.mjs', fresh);
  run('scripts/bundle-page.mjs', fresh);
  replaceFolder(join(root, 'dist'), fresh);
} catch ({ message }) {
  console.error(message);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function run(script, ...args) {
  const { status, signal } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`${script}: ${signal ?? `exit code ${status}`}`);
}

/** A build that was killed leaves its folder. */
function removeAbandonedBuilds() {
  for (const name of readdirSync(root)) {
    const pid = /^dist-(\d+)(?:-old)?$/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) rmSync(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch ({ code }) {
    return code === 'EPERM';
  }
}
