import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { type Labels, MUTE_TIMES, type World } from './random-world.js';

/** Notification as Alertmanager posts it. */
export interface Posted {
  readonly receiver: string;
  readonly status: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly { readonly status: string; readonly labels: Labels }[];
}

/** An Alertmanager with the routes of several worlds. Each route has a receiver `world/route/receiver`. */
export class RunningAlertmanager {
  readonly posted: Posted[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  readonly #hook = createServer(async (request, response) => {
    this.posted.push((await json(request)) as Posted);
    response.end();
  });
  #program: ChildProcess | undefined;
  #url = '';

  async start(program: string, worlds: readonly World[]): Promise<void> {
    this.#hook.listen(0, '127.0.0.1');
    await once(this.#hook, 'listening');
    const { port: hookPort } = this.#hook.address() as AddressInfo;
    const port = await freePort();
    this.#url = `http://127.0.0.1:${port}`;
    const file = join(this.#folder, 'alertmanager.yml');
    writeFileSync(file, stringify(configurationOf(worlds, `http://127.0.0.1:${hookPort}/`)));
    this.#program = spawn(program, [
      `--config.file=${file}`,
      `--storage.path=${join(this.#folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ]);
    const isReady = async () => ((await fetch(`${this.#url}/-/ready`)).ok ? true : undefined);
    await poll(isReady, { what: 'Alertmanager', timeoutMs: 20_000 });
  }

  /** Posts to the API, and returns the answer. */
  async post(path: string, body: unknown): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${this.#url}/api/v2/${path}`, sent);
    const answer = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${answer}`);
    return answer;
  }

  async expireSilence(id: string): Promise<void> {
    await fetch(`${this.#url}/api/v2/silence/${id}`, { method: 'DELETE' });
  }

  async stop(): Promise<void> {
    const ended = this.#program && once(this.#program, 'exit');
    this.#program?.kill('SIGTERM');
    await ended;
    this.#hook.closeAllConnections();
    this.#hook.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configurationOf(worlds: readonly World[], url: string): object {
  const names = worlds.flatMap(({ name, routes, receivers }) =>
    routes.map((route, i) => {
      const { sendsResolved } = receivers.find((it) => it.name === route.receivers[0])!;
      const hook = { url, send_resolved: sendsResolved };
      return { name: receiverOf(name, i, route.receivers[0]!), webhook_configs: [hook] };
    }),
  );
  return {
    route: { receiver: 'none', routes: worlds.map(routeOf) },
    receivers: [{ name: 'none' }, ...names],
    inhibit_rules: worlds.flatMap(({ name, inhibitions }) =>
      inhibitions.map(({ source, target, equal }) => ({
        source_matchers: [`world="${name}"`, ...source],
        target_matchers: [`world="${name}"`, ...target],
        equal: ['world', ...equal],
      })),
    ),
    time_intervals: Object.entries(MUTE_TIMES).map(([name, times]) => ({
      name,
      time_intervals: times.map((it) => ({
        ...('weekdays' in it && { weekdays: it.weekdays }),
        ...('months' in it && { months: it.months, days_of_month: it.daysOfMonth }),
      })),
    })),
  };
}

function routeOf({ name, routes }: World): object {
  return {
    receiver: 'none',
    matchers: [`world="${name}"`],
    routes: routes.map((it, i) => ({
      receiver: receiverOf(name, i, it.receivers[0]!),
      matchers: it.matchers,
      group_by: it.groupBy,
      group_wait: it.groupWait,
      group_interval: it.groupInterval,
      repeat_interval: it.repeatInterval,
      mute_time_intervals: it.muteTimes,
      continue: it.continue,
    })),
  };
}

/** Name of the receiver of a route. */
export function receiverOf(world: string, route: number, receiver: string): string {
  return `${world}/${route}/${receiver}`;
}
