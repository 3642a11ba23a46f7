import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogue, configurationErrorCodes } from '../../lib/index.js';
import { optionRules } from '../../lib/module/options/option-rules.js';
import { traceStoreErrorCodes } from '../../lib/tracing/store/trace-store.js';
import { renderDocs } from '../../scripts/write-docs.mjs';

const ROOT = new URL('../../', import.meta.url);
const WORK = new URL('temp/readme/', ROOT);
const readme = readFileSync(new URL('README.md', ROOT), 'utf8');
const guides = readdirSync(new URL('docs/guides/', ROOT)).map((file) =>
  readFileSync(new URL(`docs/guides/${file}`, ROOT), 'utf8'),
);
const run = promisify(execFile);

describe('generated documentation', () => {
  it('is what npm run docs would write', async () => {
    const rendered = await renderDocs({
      catalogue,
      configurationErrorCodes,
      traceStoreErrorCodes,
    });
    for (const [file, text] of Object.entries(rendered)) {
      expect(readFileSync(new URL(file, ROOT), 'utf8'), `${file}: npm run docs`).toBe(text);
    }
  });
});

describe('the README', () => {
  it('is short enough to be read', () => {
    expect(readme.split('\n').length).toBeLessThan(400);
  });

  it('leads to pages that are there', () => {
    const missing = [
      ...linksOf(readme, ROOT),
      ...guides.flatMap((it) => linksOf(it, new URL('docs/guides/', ROOT))),
    ].filter((it) => !existsSync(it));
    expect(missing).toEqual([]);
  });
});

describe('the options table', () => {
  it('names every option', () => {
    const [, table = ''] = /## Options\n([^]*?)\n## /.exec(readme) ?? [];
    const missing = Object.keys(optionRules).filter((path) => {
      const [parent, child] = path.split('.');
      return child === undefined ? !table.includes(`\`${parent}`) : !table.includes(`.${child}\``);
    });
    expect(missing).toEqual([]);
  });
});

describe('the code of the README and the guides', () => {
  beforeAll(async () => {
    rmSync(WORK, { recursive: true, force: true });
    mkdirSync(WORK, { recursive: true });
    const blocks = [readme, ...guides].flatMap(codeOf);
    expect(blocks.length).toBeGreaterThan(2);
    blocks.forEach((code, i) => writeFileSync(new URL(`block-${i}.ts`, WORK), code));
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

  it('compiles, and its first example counts its command', async () => {
    await run('node_modules/.bin/tsc', ['-p', 'temp/readme'], { cwd: ROOT }).catch((error) => {
      throw new Error(error.stdout);
    });
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', firstExample], {
      cwd: ROOT,
    });
    const expected = /```text\n([^]*?)```/.exec(readme)?.[1]?.trim().split('\n') ?? [];
    expect(expected).toHaveLength(3);
    for (const line of expected) expect(stdout).toContain(line);
  });
});

/** The files of this repository that a page points to. */
function linksOf(page: string, from: URL): URL[] {
  return [...page.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
    ([, path = '']) => new URL(path, from),
  );
}

function codeOf(page: string): string[] {
  return [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => code);
}

const firstExample = `
  import { NestFactory } from '@nestjs/core';
  import { ObservabilityService } from '@eventcore/nestjs-observability';
  const { AppModule, Orders, PlaceOrder } = await import('./temp/readme/out/block-0.js');
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  await app.get(Orders).place(new PlaceOrder('mug'));
  console.log(await app.get(ObservabilityService).gather());
  await app.close();
`;
