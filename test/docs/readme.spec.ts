import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../lib/metrics/index.js';
import { renderDocs } from '../../scripts/write-docs.mjs';
import { freePort } from '../system/free-port.js';
import { poll } from '../system/poll.js';

const ROOT = new URL('../../', import.meta.url);
const WORK = new URL('temp/readme/', ROOT);
const MAX_README_LINES = 150;
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
const readme = read('README.md');
const guides = readdirSync(new URL('docs/guides/', ROOT))
  .filter((it) => it !== 'README.md')
  .map((it) => `docs/guides/${it}`);
const pages = ['README.md', ...guides];
const run = promisify(execFile);

describe('generated documentation', () => {
  it(
    'Generated documentation equals what npm run docs would write',
    { timeout: 180_000 },
    async () => {
      const rendered = await renderDocs({ catalogue });
      for (const [file, text] of Object.entries(rendered)) {
        expect(read(file), `${file} is stale: npm run docs`).toBe(text);
      }
    },
  );
});

describe('the README', () => {
  it(`The README has at most ${MAX_README_LINES} lines`, () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_README_LINES);
  });
});

describe('a guide', () => {
  it.each(guides)('The guide %s begins with a snippet that can be run', (guide) => {
    const [beforeFirstSection = ''] = read(guide).split('\n## ');
    expect(beforeFirstSection).toMatch(/^```(?:ts|sh)$/m);
  });
});

describe('the code of the README and the guides', () => {
  beforeAll(() => {
    rmSync(WORK, { recursive: true, force: true });
    mkdirSync(WORK, { recursive: true });
    for (const page of pages) {
      const name = page.replaceAll(/\W+/g, '-');
      codeOf(read(page)).forEach((code, i) =>
        writeFileSync(new URL(`${name}-${i}.ts`, WORK), code),
      );
    }
    writeFileSync(
      new URL('tsconfig.json', WORK),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: { noEmit: false, rootDir: '.', outDir: 'out', noUnusedParameters: false },
        include: ['.'],
        exclude: [],
      }),
    );
  });

  it(
    'The code of the README and the guides compiles, and the first example prints what the README shows',
    { timeout: 90_000 },
    async () => {
      await run('node_modules/.bin/tsc', ['-p', 'temp/readme'], { cwd: ROOT }).catch((error) => {
        throw new Error(error.stdout);
      });
      const shown = /```text\n([^]*?)```/.exec(readme)?.[1]?.trim().split('\n') ?? [];
      expect(shown).toHaveLength(4);
      expect(await linesOfFirstExample()).toEqual(shown);
    },
  );
});

/** The lines that the shell commands of the README print for its first example. */
async function linesOfFirstExample(): Promise<string[]> {
  const port = await freePort();
  const application = spawn(process.execPath, ['temp/readme/out/README-md-0.js'], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  try {
    const base = `http://localhost:${port}`;
    await poll(async () => (await fetch(`${base}/health`).catch(() => undefined))?.ok, {
      what: 'the application of the README',
      timeoutMs: 20_000,
    });
    const commands = /```sh\n(curl [^]*?)```/
      .exec(readme)?.[1]
      ?.replaceAll('localhost:3000', `localhost:${port}`);
    const { stdout } = await run('sh', ['-ec', commands ?? 'exit 1']);
    return stdout.split('\n').flatMap((it) => /eventcore_command.*/.exec(it) ?? []);
  } finally {
    application.kill();
  }
}

function codeOf(page: string): string[] {
  return [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => code);
}
