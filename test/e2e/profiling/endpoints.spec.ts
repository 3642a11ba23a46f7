import { type CanActivate, type ExecutionContext, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { ProfilingServer } from '../../../lib/profiling/http/profiling-server.js';
import { profiling, type ProfilingOptions } from '../../../lib/profiling/index.js';
import { poll } from '../../system/poll.js';
import { decodedPprof, selfValuesOf } from '../../unit/profiling/decoded-pprof.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { allocateGarbage, burnProcessor, keepBusy } from './busy-functions.js';

class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['authorization'] === 'Bearer token';
  }
}

let running: RunningApplication | undefined;
let stop = () => {};

async function start(
  options: ProfilingOptions = {},
  platform: (typeof platforms)[number] = 'express',
) {
  const imports = [ObservabilityModule.forRoot({ plugins: [profiling(options)] })];
  running = await RunningApplication.start({ platform, imports });
  return running;
}

/** An application with the profiles on a port of its own. */
async function startLocal(options: ProfilingOptions = {}) {
  const { app } = await start({ port: 0, pauseMs: 0, ...options });
  const url = `http://127.0.0.1:${app.get(ProfilingServer).port}/profiling/`;
  return { app, get: (file: string, init: RequestInit = {}) => fetch(url + file, init) };
}

const errorOf = async (answer: Response) => ((await answer.json()) as { error: string }).error;

afterEach(async () => {
  stop();
  await running?.close();
  running = undefined;
  vi.restoreAllMocks();
});

describe('a CPU profile of a running application', () => {
  it('A profile in the format of pprof names the function that burns, with its place below the working directory', async () => {
    const { get } = await startLocal();
    const log = vi.spyOn(Logger.prototype, 'log');
    stop = keepBusy(burnProcessor);
    const beganMs = Date.now();
    const answer = await get('cpu?seconds=1');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'no-store',
      'content-disposition': expect.stringMatching(/filename="cpu-\d{8}T\d{6}Z\.pb\.gz"/),
    });
    const profile = decodedPprof(new Uint8Array(await answer.arrayBuffer()));
    expect(profile.types).toEqual(['samples/count', 'cpu/nanoseconds']);
    expect(profile.period).toBe('10000000 cpu/nanoseconds');
    expect(profile.startMs).toBeGreaterThanOrEqual(beganMs);
    expect(profile.durationMs).toBeGreaterThanOrEqual(1_000);
    const values = selfValuesOf(profile);
    const [hottest] = [...values].toSorted(([, a], [, b]) => b - a)[0] ?? [];
    expect(hottest).toBe('burnProcessor');
    // It burns 14 of each 20 ms, where other programs leave it the processor.
    expect(values.get('burnProcessor')! / 1e9).toBeGreaterThan(0.2);
    expect(values.has('(idle)')).toBe(false);
    const places = new Set(profile.samples.flatMap(({ stack }) => stack));
    // The test runner moves lines.
    expect([...places]).toContainEqual(
      expect.stringMatching(/^burnProcessor test\/e2e\/profiling\/busy-functions\.ts:\d+$/),
    );
    expect([...places].filter((it) => it.includes(process.cwd()))).toEqual([]);
    expect(log.mock.calls.flat()).toContainEqual(
      expect.stringMatching(
        /^cpu profile of 1 s: \d+ % in burnProcessor \(test\/e2e\/profiling\/busy-functions\.ts:\d+\), for 127\.0\.0\.1$/,
      ),
    );
  });

  it('A second profile at the same time is refused until the first has ended, and a client that leaves ends it', async () => {
    const { get } = await startLocal();
    const client = new AbortController();
    const first = get('cpu?seconds=60', { signal: client.signal }).catch((error: unknown) => error);
    const refused = await poll(
      async () => {
        const answer = await get('heap?seconds=x');
        return answer.status === 409 ? answer : undefined;
      },
      { what: 'a refusal', timeoutMs: 5_000 },
    );
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await errorOf(refused)).toMatch(
      /^Another profile is being taken\. The next one can be taken in \d+ s\.$/,
    );
    client.abort();
    await expect(first).resolves.toHaveProperty('name', 'AbortError');
    await poll(async () => (await get('cpu?seconds=x')).status === 400 || undefined, {
      what: 'the end of the first profile',
      timeoutMs: 5_000,
    });
  });

  it('A shutdown ends the profile that is being taken at once, with the reason', async () => {
    const { get, app } = await startLocal();
    const first = get('cpu?seconds=60');
    await poll(async () => (await get('cpu?seconds=x')).status === 409 || undefined, {
      what: 'the profile',
      timeoutMs: 5_000,
    });
    const beganMs = performance.now();
    const closed = app.close();
    const answer = await first;
    expect([answer.status, await errorOf(answer)]).toEqual([503, 'The application shuts down.']);
    await closed;
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  });

  it('A request outside of the limits, or for what is not served, is refused with the reason', async () => {
    const { get } = await startLocal();
    const length = 'seconds is a whole number from 1 to 60.';
    const kinds = 'There is no such profile: cpu or heap.';
    for (const [file, status, error] of [
      ['cpu?seconds=0', 400, length],
      ['cpu?seconds=61', 400, length],
      ['cpu?seconds=1.5', 400, length],
      ['cpu?format=heapprofile', 400, 'format is pprof or cpuprofile.'],
      ['wall', 404, kinds],
      ['constructor', 404, kinds],
      ['heap-snapshot', 404, 'The option heapSnapshot is not set.'],
    ] as const) {
      const answer = await get(file);
      expect([file, answer.status, await errorOf(answer)]).toEqual([file, status, error]);
    }
  });

  it('Programs of this machine alone take profiles on a port of its own: no page of a browser, no proxy', async () => {
    const { get } = await startLocal();
    const statusOf = async (headers: Record<string, string>) =>
      (await get('cpu?seconds=1', { headers })).status;
    expect(await statusOf({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusOf({ origin: 'http://evil.example' })).toBe(403);
    expect(await statusOf({ 'x-forwarded-for': '127.0.0.1' })).toBe(403);
    expect((await get('cpu', { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${running!.url}/profiling/cpu`)).status).toBe(404);
  });
});

describe('a heap profile of a running application', () => {
  it('A heap profile in the format of V8 names the function that allocates, garbage included', async () => {
    const { get } = await startLocal();
    stop = keepBusy(allocateGarbage);
    const answer = await get('heap?seconds=1&format=heapprofile');
    expect(answer.headers.get('content-disposition')).toMatch(/\.heapprofile"$/);
    const text = await answer.text();
    expect(text).not.toContain(process.cwd());
    expect(text).toMatch(/"functionName":"allocateGarbage"[^}]*busy-functions\.ts"/);
  });

  it('A heap snapshot that does not fit into memory is refused', async () => {
    const { get } = await startLocal({ heapSnapshot: true });
    vi.spyOn(process, 'availableMemory').mockReturnValue(1_048_576);
    const answer = await get('heap-snapshot');
    expect(answer.status).toBe(503);
    expect(await errorOf(answer)).toMatch(
      /^A snapshot may take \d+ MiB of memory, and 1 MiB are available\.$/,
    );
  });
});

describe.each(platforms)('profiles as routes of an application on %s', (platform) => {
  it('Guards decide who takes profiles, whose requests are no traffic, and a pause follows each', async () => {
    const application = await start({ guards: [TokenGuard] }, platform);
    const get = (headers: Record<string, string> = {}) =>
      fetch(`${application.url}/profiling/cpu?seconds=1`, { headers });
    const authorization = 'Bearer token';
    expect((await get()).status).toBe(403);
    expect((await get({ authorization, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    const answer = await get({ authorization });
    expect(answer.status).toBe(200);
    expect(decodedPprof(new Uint8Array(await answer.arrayBuffer())).durationMs).toBeGreaterThan(
      900,
    );
    const paused = await get({ authorization });
    expect([paused.status, await errorOf(paused)]).toEqual([
      409,
      expect.stringMatching(
        /^A profile was taken a moment ago\. The next one can be taken in \d+ s\.$/,
      ),
    ]);
    expect(Number(paused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await application.get('/metrics')).text).not.toContain('/profiling');
  });
});
