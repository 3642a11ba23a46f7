import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dist, repository, runNode } from '../telemetry/node-process.js';

const MAX_FILES = 11;
const PEERS = [
  '@nestjs/microservices',
  '@nestjs/terminus',
  '@opentelemetry/api',
  '@willsoto/nestjs-prometheus',
  'prom-client',
];

/** Has every module that is loaded from now on written to the output, ES modules and what `import` finds of others. */
const TELL = `
  import { register } from 'node:module';
  const hook = 'export async function load(url, context, next) { process._rawDebug("loaded " + url); return next(url, context); }';
  register('data:text/javascript,' + encodeURIComponent(hook));
  await import('reflect-metadata');
  const { Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const tell = (text) => process._rawDebug('told ' + text);
  const { ObservabilityModule, Command } = await import('@eventcore/nestjs-observability');
  tell('imported');
`;

function start(options: string): string {
  return `
    class Orders { async place() {} }
    const place = Object.getOwnPropertyDescriptor(Orders.prototype, 'place');
    Object.defineProperty(Orders.prototype, 'place', Command('PlaceOrder')(Orders.prototype, 'place', place));
    class AppModule {}
    Module({ imports: [ObservabilityModule.forRoot(${options})], providers: [Orders] })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    tell('started');
    await app.close();
  `;
}

/** An application that is asked for its health by several at a time. */
const SERVED = `
  const { ModulesContainer } = await import('@nestjs/core');
  class AppModule {}
  Module({ imports: [ObservabilityModule.forRoot()] })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  tell('listening');
  const { port } = app.getHttpServer().address();
  const ask = async (path) => (await fetch('http://127.0.0.1:' + port + path)).status;
  const statuses = await Promise.all(['/health', '/live', '/ready'].map(ask));
  const modules = [...app.get(ModulesContainer).values()];
  tell(statuses.join(' ') + ', ' + modules.filter((it) => it.name === 'TerminusModule').length + ' module');
  tell('asked');
  await app.close();
`;

/** An application beside which an SDK is started while it runs. */
const LATE_SDK = `
  class Orders { async place() {} }
  const place = Object.getOwnPropertyDescriptor(Orders.prototype, 'place');
  Object.defineProperty(Orders.prototype, 'place', Command('PlaceOrder')(Orders.prototype, 'place', place));
  class AppModule {}
  Module({ imports: [ObservabilityModule.forRoot({ health: false, prometheus: false })], providers: [Orders] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  await app.get(Orders).place();
  tell('serving');
  const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  const { trace } = await import('@opentelemetry/api');
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  while (exporter.getFinishedSpans().length === 0) {
    await app.get(Orders).place();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const { name } of exporter.getFinishedSpans().slice(0, 1)) tell('span ' + name);
  tell('traced');
  await app.close();
`;

/** What is loaded before the script tells of something: files of the package, and peers. */
async function loadedUntil(told: string, script: string) {
  const { stderr, code } = await runNode({ script: TELL + script });
  expect(code, stderr).toBe(0);
  const [before = ''] = stderr.split(`told ${told}`);
  const urls = [...before.matchAll(/^loaded (.*)$/gm)].map(([, url = '']) => url);
  const peers = PEERS.filter((it) => urls.some((url) => url.includes(`/node_modules/${it}/`)));
  return { files: urls.filter((it) => it.includes(`${dist}/`)), peers, output: before };
}

describe('importing the package', () => {
  it('Importing the package loads few files and no optional peer', async () => {
    const { files, peers } = await loadedUntil('imported', '');
    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThanOrEqual(MAX_FILES);
    expect(peers).toEqual([]);
  });

  it('Importing the package loads nothing that says import.meta, which CommonJS does not know', () => {
    const files = staticallyImported(join(dist, 'index.js'));
    expect(files.length).toBeGreaterThan(1);
    const without = files.filter((it) => !readFileSync(it, 'utf8').includes('import.meta'));
    expect(files).toEqual(without);
  });
});

describe('starting an application', () => {
  it('Starting an application loads no package for what is off', async () => {
    const off = '{ prometheus: false, health: false, tracing: false, cqrs: false }';
    const { peers } = await loadedUntil('started', start(off));
    expect(peers).toEqual([]);
  });

  it('Starting an application does not load prom-client and its module for Nest when the application has not', async () => {
    const { peers } = await loadedUntil('started', start('{}'));
    expect(peers).toEqual([]);
  });

  it('Starting an application loads nothing about jobs and messages unless it uses their packages', async () => {
    const { files } = await loadedUntil('started', start('{}'));
    const own = /(?:schedule|bullmq)-integration|message-work|message-tracing/;
    expect(files.filter((it) => own.test(it))).toEqual([]);
  });

  it('Starting an application loads what makes spans when the application has loaded the API of OpenTelemetry', async () => {
    const loading = `await import('@opentelemetry/api');`;
    const { files } = await loadedUntil('started', loading + start('{}'));
    expect(files.some((it) => it.includes('span-observer'))).toBe(true);
  });

  it('Starting an application loads the API when somebody registers an SDK later, and makes spans from then on', async () => {
    const { peers } = await loadedUntil('serving', LATE_SDK);
    expect(peers).toEqual([]);
    const { output } = await loadedUntil('traced', LATE_SDK);
    expect(output).toContain('told span command PlaceOrder');
  });

  it('Starting an application loads Terminus when somebody asks for the health, once', async () => {
    const { peers } = await loadedUntil('listening', SERVED);
    expect(peers).not.toContain('@nestjs/terminus');
    const asked = await loadedUntil('asked', SERVED);
    expect(asked.peers).toContain('@nestjs/terminus');
    expect(asked.output).toContain('told 200 200 200, 1 module');
  });
});

describe('the bundles', () => {
  it('The bundles lead back to the sources', () => {
    const map = JSON.parse(readFileSync(join(dist, 'index.js.map'), 'utf8')) as {
      sources: string[];
      sourcesContent: string[];
    };
    const sources = map.sources.map((it) => relative(repository, join(dist, it)));
    expect(sources).toContain('lib/module/observability.module.ts');
    expect(sources.filter((it) => !/^lib\/.*\.ts$/.test(it))).toEqual([]);
    const at = sources.indexOf('lib/module/observability.module.ts');
    expect(map.sourcesContent[at]).toBe(readFileSync(join(repository, sources[at] ?? ''), 'utf8'));
  });
});

/** The files of the package that importing one of them loads. */
function staticallyImported(file: string, found = new Set<string>()): string[] {
  if (found.has(file)) return [];
  found.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, path = ''] of text.matchAll(/^(?:import|export)\b[^;]*?["'](\.[^"']+)["'];/gm))
    staticallyImported(join(dirname(file), path), found);
  return [...found];
}
