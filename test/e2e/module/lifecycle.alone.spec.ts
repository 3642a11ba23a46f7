import { Injectable, Logger } from '@nestjs/common';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from 'vite';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Command, ObservabilityModule, Projection, Query } from '../../../lib/index.js';
import { platforms, RunningApplication } from './running-application.js';

Logger.overrideLogger(false);

@Injectable()
class Work {
  @Command('PlaceOrder')
  async place(): Promise<void> {}

  @Query('Report')
  async report(): Promise<void> {}

  @Projection('Revenue')
  async apply(): Promise<void> {}
}

async function liveAndDie(platform: (typeof platforms)[number]): Promise<void> {
  const application = await RunningApplication.start({
    platform,
    imports: [ObservabilityModule.forRoot({ prometheus: { port: 0, host: '127.0.0.1' } })],
    providers: [Work],
  });
  const work = application.app.get(Work);
  await Promise.all([work.place(), work.report(), work.apply()]);
  for (const url of [`${application.metricsUrl}/metrics`, `${application.url}/health`])
    expect(await statusOf(url)).toBe(200);
  await application.close();
}

/** Without `fetch`, which remembers every port that it ever talked to. */
async function statusOf(url: string): Promise<number | undefined> {
  const request = get(url, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'close');
  return response.statusCode;
}

/** What keeps the process busy, without what the test runner and the client have. */
function activeResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const it of process.getActiveResourcesInfo()) counts[it] = (counts[it] ?? 0) + 1;
  return counts;
}

async function heapAfterCollection(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await setImmediate();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

function listenerCounts(): Record<string, number> {
  return Object.fromEntries(
    process.eventNames().map((it) => [String(it), process.listenerCount(it)]),
  );
}

describe('an application that is made and closed 100 times', () => {
  it('An application that is made and closed 100 times leaves no timer, no server, no listener and no memory behind', async () => {
    for (let i = 0; i < 10; i++) await liveAndDie(platforms[i % 2] ?? 'express');
    const [heapBefore, listenersBefore] = [await heapAfterCollection(), listenerCounts()];
    const before = activeResources();
    for (let i = 0; i < 100; i++) await liveAndDie(platforms[i % 2] ?? 'express');
    const heapAfter = await heapAfterCollection();
    const after = activeResources();
    // Nest keeps some 5 kB of every application that ever was, and V8 the classes of its controllers and what it compiles
    // meanwhile: 4.6 MB for 100 applications, and 8.8 MB for 300.
    expect(heapAfter - heapBefore).toBeLessThan(5_000_000);
    for (const kind of ['Timeout', 'TCPServerWrap', 'Immediate'])
      // The test runner has a few that come and go.
      expect(after[kind] ?? 0, kind).toBeLessThan((before[kind] ?? 0) + 5);
    expect(listenerCounts()).toEqual(listenersBefore);
  }, 60_000);
});

describe('a process that has nothing else to do', () => {
  const folder = mkdtempSync(
    fileURLToPath(new URL('../../../node_modules/.lifecycle-', import.meta.url)),
  );

  beforeAll(async () => {
    const entry = `${folder}/idle.ts`;
    writeFileSync(
      entry,
      `
      import { Module } from '@nestjs/common';
      import { NestFactory } from '@nestjs/core';
      import { ObservabilityModule, ObservabilityService } from '../../lib/index.js';
      class Idle {}
      const port = process.argv[2] === 'port' ? { prometheus: { port: 0, host: '127.0.0.1' } } : {};
      Module({ imports: [ObservabilityModule.forRoot(port)] })(Idle);
      const app = await NestFactory.createApplicationContext(Idle, { logger: false });
      const text = await app.get(ObservabilityService).gather();
      console.log(text.includes('eventcore_uptime_seconds'));
      `,
    );
    await build({
      logLevel: 'error',
      configFile: false,
      build: {
        ssr: entry,
        outDir: folder,
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: 'lib/module/idle.mjs' } },
      },
    });
    // Where the library looks for its version.
    writeFileSync(`${folder}/package.json`, '{ "version": "0.0.0" }');
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['plain', 'port'])(
    'A process that has nothing else to do exits although the application is never closed: %s',
    async (kind) => {
      const child = spawn(process.execPath, [`${folder}/lib/module/idle.mjs`, kind]);
      const said: Buffer[] = [];
      child.stdout.on('data', (it: Buffer) => said.push(it));
      child.stderr.on('data', (it: Buffer) => said.push(it));
      const [code, signal] = (await once(child, 'exit', {
        signal: AbortSignal.timeout(15_000),
      }).finally(() => child.kill('SIGKILL'))) as [number | null, string | null];
      expect({ code, signal, said: Buffer.concat(said).toString() }).toEqual({
        code: 0,
        signal: null,
        said: 'true\n',
      });
    },
  );
});
