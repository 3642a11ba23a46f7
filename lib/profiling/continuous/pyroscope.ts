import { hostname } from 'node:os';
import { withoutTracing } from '../../kernel/following/active-context.js';
import { asOwnTraffic } from '../../kernel/following/own-traffic.js';
import type { PluginContext } from '../../plugins/plugin.js';
import { pprofOf, type TakenProfile } from '../formats/profile-kinds.js';
import type { ContinuousProfilesOptions } from '../profiling-options.js';
import type { ProfileTarget } from './profile-target.js';

type Service = Pick<PluginContext, 'serviceName' | 'serviceVersion' | 'environment'>;

const TIME_LIMIT_MS = 10_000;

/** Pushes profiles to a Pyroscope. */
export class Pyroscope implements ProfileTarget {
  readonly #address: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #name: string;

  constructor(
    address: string,
    { authorization, tenant }: Pick<ContinuousProfilesOptions, 'authorization' | 'tenant'>,
    service: Service,
  ) {
    this.#address = new URL(`${address.replace(/\/+$/, '')}/ingest`);
    this.#headers = {
      'Content-Type': 'application/octet-stream',
      ...(authorization && { Authorization: authorization }),
      ...(tenant && { 'X-Scope-OrgID': tenant }),
    };
    this.#name = seriesName(service);
  }

  async open(): Promise<void> {
    // A Pyroscope may start later than the application.
  }

  /** @throws Error without the address, which may contain a secret. */
  async take(taken: TakenProfile<'cpu'>): Promise<string> {
    const { startMs, durationMs } = taken;
    const url = new URL(this.#address);
    const parameters = {
      name: this.#name,
      from: String(Math.floor(startMs / 1_000)),
      until: String(Math.ceil((startMs + durationMs) / 1_000)),
      format: 'pprof',
      spyName: 'nodespy',
    };
    for (const it of Object.entries(parameters)) url.searchParams.set(...it);
    const { ok, status } = await this.#post(url, await pprofOf(taken));
    if (!ok) throw new Error(`the Pyroscope answered ${status}`);
    return 'Pyroscope';
  }

  async #post(url: URL, body: Buffer): Promise<Response> {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    // A redirect would carry the authorization elsewhere.
    const request = { method: 'POST', headers: this.#headers, redirect: 'manual', signal } as const;
    const response = await asOwnTraffic(() =>
      withoutTracing(() => fetch(url, { ...request, body: new Uint8Array(body) })),
    );
    await response.body?.cancel();
    return response;
  }
}

/** Returns the name of an application with its labels: `shop{environment=production,hostname=web-1}`. */
function seriesName({ serviceName = 'application', serviceVersion, environment }: Service): string {
  const labels = { environment, hostname: hostname(), version: serviceVersion };
  const pairs = Object.entries(labels)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${labelText(String(value))}`);
  return `${labelText(serviceName)}{${pairs.join(',')}}`;
}

/** Values have no quotes, so that they cannot contain what ends them. */
function labelText(text: string): string {
  return text.replaceAll(/[^\w.\-/]/g, '_');
}
