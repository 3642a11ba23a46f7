import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HealthIndicators } from '../../../lib/health/health-indicators.js';
import type { PluginContext } from '../../../lib/plugins/plugin.js';
import { Profiling } from '../../../lib/profiling/profiling.js';
import type { ProfilingOptions } from '../../../lib/profiling/profiling-options.js';
import { ManualTimers } from '../../../lib/testing/manual-timers.js';
import { poll } from '../../system/poll.js';
import { decodedPprof } from './decoded-pprof.js';

let timers: ManualTimers;
let folder: string;
let faults: unknown[];
let delaySeconds: number;
let profiles: Profiling | undefined;

beforeEach(() => {
  timers = new ManualTimers();
  folder = join(mkdtempSync(join(tmpdir(), 'profiles-')), 'new');
  faults = [];
  delaySeconds = 0;
});

afterEach(() => {
  profiles?.end();
  vi.restoreAllMocks();
});

/** Starts what the plugin starts, in time that the test advances. */
async function start(options: ProfilingOptions): Promise<void> {
  const indicators = {
    eventLoop: () => ({ event_loop: { status: 'up', delay_p99_seconds: delaySeconds } }),
  };
  const context = {
    namespace: 'eventcore',
    serviceName: 'shop, west}',
    serviceVersion: '1.2.3',
    environment: 'production',
    clock: timers.clock,
    timers,
    get: (token: unknown) => (token === HealthIndicators ? indicators : undefined),
    report: (error: unknown) => void faults.push(error),
  } as PluginContext;
  profiles = new Profiling(options);
  await profiles.connect(context);
  profiles.start();
}

/** Lets time pass until a profile is taken, and waits for what becomes of it. */
async function after<T>(ms: number, find: () => T | undefined): Promise<T> {
  await timers.advance(ms);
  return poll(
    async () => {
      // A recording begins in the time of the system, and ends in that of the test.
      await timers.advance(100);
      return find();
    },
    { what: 'a profile', timeoutMs: 20_000 },
  );
}

const nonEmpty = (names: readonly string[]) => (names.length > 0 ? names : undefined);
const files = () => readdirSync(folder).filter((it) => it.endsWith('.cpuprofile'));

describe('continuous profiles in a folder', () => {
  it('The newest profiles are kept, the oldest removed, and files of others left alone', async () => {
    await start({ continuous: { folder, everyMs: 5_000, seconds: 1, keep: 1 } });
    writeFileSync(join(folder, 'continuous-notes.cpuprofile'), '');
    const profilesNow = () => files().filter((it) => it !== 'continuous-notes.cpuprofile');
    const [first = ''] = await after(5_000, () => nonEmpty(profilesNow()));
    expect(first).toMatch(/^continuous-cpu-\d{8}T\d{6}Z-\d+\.cpuprofile$/);
    const [second = ''] = await after(5_000, () =>
      nonEmpty(profilesNow().filter((it) => it !== first && !profilesNow().includes(first))),
    );
    expect(second > first).toBe(true);
    expect(files().toSorted()).toEqual([second, 'continuous-notes.cpuprofile']);
    const profile = JSON.parse(readFileSync(join(folder, second), 'utf8')) as object;
    expect(Object.keys(profile)).toEqual(
      expect.arrayContaining(['nodes', 'samples', 'timeDeltas']),
    );
    expect(faults).toEqual([]);
  });

  it('A folder that cannot be made stops the start', async () => {
    await expect(start({ continuous: { folder: '/dev/null/profiles' } })).rejects.toThrow(
      /profiling\(\)\.continuous\.folder .*must be a folder that the process can make \(Error ENOTDIR\)/,
    );
  });
});

describe('continuous profiles to a Pyroscope', () => {
  let server: Server;
  const received: { url: URL; headers: Record<string, unknown>; body: Buffer }[] = [];
  let status = 200;

  beforeEach(async () => {
    received.length = 0;
    const receive = async (request: IncomingMessage, response: ServerResponse) => {
      const url = new URL(request.url as string, 'http://pyroscope');
      received.push({ url, headers: request.headers, body: await buffer(request) });
      response.writeHead(status).end();
    };
    server = createServer((...exchange) => void receive(...exchange));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterEach(() => new Promise((done) => server.close(done)));

  const push = (path = '') => ({
    pyroscope: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    authorization: 'Bearer token',
    tenant: 'west',
    seconds: 1,
  });

  it('A push names the service with its labels and contains the profile as pprof, also after one that was refused', async () => {
    status = 429;
    await start({ continuous: push('/pyroscope/') });
    await after(60_000, () => faults[0]);
    expect(faults.map(String)).toEqual(['Error: the Pyroscope answered 429']);
    status = 200;
    const { url, headers, body } = await after(60_000, () => received[1]);
    expect(url.pathname).toBe('/pyroscope/ingest');
    const host = hostname().replaceAll(/[^\w.-]/g, '_');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      name: `shop__west_{environment=production,hostname=${host},version=1.2.3}`,
      format: 'pprof',
      spyName: 'nodespy',
    });
    const [from, until] = ['from', 'until'].map((it) => Number(url.searchParams.get(it)));
    expect(from! * 1_000).toBe(Math.floor(decodedPprof(body).startMs / 1_000) * 1_000);
    expect(until! - from!).toBeGreaterThanOrEqual(1);
    expect(headers).toMatchObject({
      authorization: 'Bearer token',
      'x-scope-orgid': 'west',
      'content-type': 'application/octet-stream',
    });
    expect(decodedPprof(body).types).toEqual(['samples/count', 'cpu/nanoseconds']);
  });
});

describe('profiles of a late event loop', () => {
  it('An event loop that is late is profiled at most once in the given time, and the log names the hottest function', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await start({ onDelay: { folder, delayMs: 150, everyMinutes: 5, seconds: 1 } });
    delaySeconds = 0.15;
    await timers.advance(10_000);
    expect(files()).toEqual([]);
    delaySeconds = 0.4;
    await after(5_000, () => warn.mock.calls[0]);
    expect(files()).toHaveLength(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(
      /^The event loop is 400 ms late \(p99\)\. CPU profile of 1 s: .+, .*delay-cpu-\d{8}T\d{6}Z-\d+\.cpuprofile$/,
    );
    await timers.advance(240_000);
    expect(files()).toHaveLength(1);
    await after(60_000, () => warn.mock.calls[1]);
    expect(files()).toHaveLength(2);
  });
});
