import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const ENTRY = pathToFileURL(join(import.meta.dirname, '../../../dist/logging/index.js')).href;
const MAIN = pathToFileURL(join(import.meta.dirname, '../../../dist/index.js')).href;
const LINES = 5_000;
/** The last turn of the event loop. */
const TURN = 50;

/** Runs a process that writes lines in turns and then ends. @returns Its code, and the numbers of the lines it kept. */
async function run(end: string, sink = 'fileSink({ path })') {
  const path = join(mkdtempSync(join(tmpdir(), 'exit-')), 'app.log');
  const code = `
    import { consoleSink, createNestLogger, fileSink } from ${JSON.stringify(ENTRY)};
    const path = ${JSON.stringify(path)};
    const logger = createNestLogger({ format: 'json', sinks: [${sink}] });
    let number = 0;
    const turn = () => {
      for (let i = 0; i < ${TURN}; i++) logger.log('line', { number: number++ }, 'exit');
      if (number < ${LINES}) setImmediate(turn);
      else { ${end} }
    };
    turn();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: join(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (it: string) => (output += it));
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
  const text = sink.startsWith('console') ? output : readFileSync(path, 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((it) => JSON.parse(it) as ExitLine);
  return { exitCode, signal, lines, numbers: lines.flatMap(({ fields }) => fields.number ?? []) };
}

interface ExitLine {
  readonly level: string;
  readonly fields: { readonly number?: number; readonly error_message?: string };
}

const all = Array.from({ length: LINES }, (_, i) => i);

describe('lines at the end of a process', () => {
  it.each(['fileSink({ path })', "consoleSink({ format: 'json' })"])(
    'A call of process.exit() keeps every line of %s',
    async (sink) => {
      const { exitCode, numbers } = await run('process.exit(3)', sink);
      expect(exitCode).toBe(3);
      expect(numbers).toEqual(all);
    },
  );

  it('An uncaught exception keeps every line and adds a fatal one', async () => {
    const { exitCode, numbers, lines } = await run("throw new Error('token=abcdef123456')");
    expect(exitCode).toBe(1);
    expect(numbers).toEqual(all);
    expect(lines.at(-1)).toMatchObject({
      level: 'FATAL',
      fields: { error_message: 'token=[Redacted]' },
    });
  });

  it('A process that ends by itself keeps every line', async () => {
    expect((await run('')).numbers).toEqual(all);
  });

  it('A signal that nothing handles tears no line and keeps every line of an earlier flush', async () => {
    const { signal, numbers } = await run(`
      (async () => {
        await logger.flush();
        for (let i = 0; i < ${TURN}; i++) logger.log('line', { number: number++ }, 'exit');
        process.kill(process.pid, 'SIGTERM');
        setTimeout(() => {}, 1000);
      })();`);
    expect(signal).toBe('SIGTERM');
    expect(numbers).toEqual(Array.from(numbers, (_, i) => i));
    expect(numbers.length).toBeGreaterThanOrEqual(LINES);
  });

  it('SIGTERM with shutdown hooks drains: every line is kept, and the lines of the shutdown come last', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'exit-')), 'app.log');
    const code = `
      import 'reflect-metadata';
      import { Module } from '@nestjs/common';
      import { NestFactory } from '@nestjs/core';
      import { ObservabilityModule } from ${JSON.stringify(MAIN)};
      import { fileSink, logging, ObservabilityLogger } from ${JSON.stringify(ENTRY)};
      const plugin = logging({ format: 'json', sinks: [fileSink({ path: ${JSON.stringify(path)} })] });
      class App {}
      Module({ imports: [ObservabilityModule.forRoot({ serviceName: 'shop', plugins: [plugin] })] })(App);
      const app = await NestFactory.create(App, { logger: false });
      app.enableShutdownHooks();
      await app.init();
      const logger = app.get(ObservabilityLogger);
      let number = 0;
      const turn = () => {
        for (let i = 0; i < ${TURN}; i++) logger.info('line', { number: number++ });
        if (number < ${LINES}) setImmediate(turn);
        else process.kill(process.pid, 'SIGTERM');
      };
      turn();
      setTimeout(() => {}, 60_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd: join(import.meta.dirname, '../../..'),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const parsed = lines.map((it) => JSON.parse(it) as ExitLine & { target: string });
    expect(signal).toBe('SIGTERM');
    expect(parsed.flatMap(({ fields }) => fields.number ?? [])).toEqual(all);
    expect(parsed.at(-1)?.target).toBe('eventcore::shutdown');
  });
});
