import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWithLibrary } from './installation.js';
import { cleanEnvironment } from './npm.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARY = '@eventcore/nestjs-observability';
const TIMEOUT_MS = 180_000;

const lines = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs/guides')).map((it) => `docs/guides/${it}`),
].flatMap((file) => installLinesOf(readFileSync(join(ROOT, file), 'utf8')));
// A comment names the version of NestJS for which a line is; others are for both.
const cases = lines.flatMap((line) =>
  (/# NestJS (\d+)/.exec(line)?.slice(1) ?? ['11', '12']).map((nest) => ({ nest, line })),
);

/** Lines of the shell examples that install packages, continued lines joined. */
function installLinesOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block);
  return blocks
    .flatMap((it) => it.replaceAll(/\\\n\s*/g, '').split('\n'))
    .filter((it) => it.startsWith('npm install '));
}

const run = promisify(execFile);

describeWithLibrary('the install lines of the documents', (library) => {
  it('The README and the guides have install lines for both versions of NestJS', () => {
    expect(new Set(cases.map((it) => it.nest))).toEqual(new Set(['11', '12']));
  });

  // Each waits for the registry most of its time.
  it.concurrent.each(cases)(
    'On NestJS $nest the shell resolves: $line',
    async ({ nest, line }) => {
      const folder = mkdtempSync(join(tmpdir(), 'compat-install-'));
      try {
        const range = `^${nest}.0.0`;
        const dependencies = {
          '@nestjs/common': range,
          '@nestjs/core': range,
          '@nestjs/platform-express': range,
          'reflect-metadata': '^0.2.2',
          rxjs: '^7.8.1',
          [LIBRARY]: `file:${library()}`,
        };
        writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies }));
        const command = line.replace(LIBRARY, library());
        const env = {
          ...cleanEnvironment,
          npm_config_package_lock_only: 'true',
          // What one line has asked the registry for, the next one need not ask again.
          npm_config_prefer_offline: 'true',
          npm_config_audit: 'false',
        };
        await run('sh', ['-c', command], { cwd: folder, env });
        const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
          packages: Record<string, { version: string }>;
        };
        const terminus = lock.packages['node_modules/@nestjs/terminus']?.version ?? nest;
        expect(terminus.split('.')[0]).toBe(nest);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    TIMEOUT_MS,
  );
});
