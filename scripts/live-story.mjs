// Takes the pictures of the guide docs/guides/three-in-the-morning.md from the running shop: `node scripts/live-story.mjs`. It
// needs a build of the library, and Debian's chromium, prometheus, prometheus-alertmanager and postgresql.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const story = 'test/soak/live/three-in-the-morning.spec.ts';
const { status } = spawnSync('npx', ['vitest', 'run', '--project', 'soak', story], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, LIVE_PICTURES: 'docs/images' },
});
process.exitCode = status ?? 1;
