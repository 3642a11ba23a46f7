import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { HealthIndicators } from '../health/health-indicators.js';
import type { PluginContext } from '../plugins/plugin.js';
import { ProfileSlot } from './capture/profile-slot.js';
import { CaptureLoop, type CaptureLoopOptions } from './continuous/capture-loop.js';
import { ProfileFolder } from './continuous/profile-folder.js';
import type { ProfileTarget } from './continuous/profile-target.js';
import { Pyroscope } from './continuous/pyroscope.js';
import { hottestText } from './formats/hottest-functions.js';
import { ProfilingSite } from './http/profiling-site.js';
import {
  type ContinuousProfilesOptions,
  type DelayProfilesOptions,
  profilingDefaults,
  type ProfilingOptions,
} from './profiling-options.js';

const LOOK_MS = 5_000;
const MINUTE_MS = 60_000;

/** Profiles of one application: those on request, and those that are taken again and again. */
export class Profiling {
  readonly #options: ProfilingOptions;
  readonly #logger = new Logger('Observability');
  #slot: ProfileSlot | undefined;
  #site: ProfilingSite | undefined;
  #loops: readonly CaptureLoop[] = [];

  constructor(options: ProfilingOptions) {
    this.#options = options;
  }

  /** Answers a request to a file below the path of the endpoints. */
  async answer(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#site === undefined) response.writeHead(503).end();
    else await this.#site.answer(file, request, response);
  }

  /** @throws ConfigurationError `OBS_OPTION_INVALID` for a folder that cannot be made. */
  async connect(context: PluginContext): Promise<void> {
    const { port, pauseMs = profilingDefaults.pauseMs, heapSnapshot = false } = this.#options;
    const { report } = context;
    const slot = new ProfileSlot(context);
    const log = (line: string) => this.#logger.log(line);
    const isLocal = port !== undefined;
    this.#slot = slot;
    this.#site = new ProfilingSite({ slot, isLocal, pauseMs, heapSnapshot, log, report });
    const captures = this.#captures(context);
    for (const { target } of captures) await target.open();
    this.#loops = captures.map((it) => new CaptureLoop(slot, context, it));
  }

  start(): void {
    for (const it of this.#loops) it.start();
  }

  /** Ends the profile that is being taken, and refuses others. */
  end(): void {
    this.#slot?.close();
    for (const it of this.#loops) it.stop();
  }

  #captures(context: PluginContext): CaptureLoopOptions[] {
    const { continuous, onDelay } = this.#options;
    return [
      ...(continuous === undefined ? [] : [continuousCapture(continuous, context)]),
      ...(onDelay === undefined ? [] : [this.#delayCapture(onDelay, context)]),
    ];
  }

  #delayCapture(options: DelayProfilesOptions, { get, clock }: PluginContext): CaptureLoopOptions {
    const { folder, keep, seconds, delayMs, everyMinutes } = { ...profilingDefaults, ...options };
    const subject = 'profiling().onDelay.folder';
    const indicators = get(HealthIndicators);
    let nextMs = -Infinity;
    let lateMs = 0;
    return {
      everyMs: LOOK_MS,
      seconds,
      target: new ProfileFolder({ path: folder, prefix: 'delay', keep, subject }),
      isDue: () => {
        const { event_loop: loop } = indicators.eventLoop('event_loop');
        lateMs = Math.round(Number(loop['delay_p99_seconds']) * 1_000);
        const nowMs = clock.monotonicMs();
        if (!(lateMs > delayMs) || nowMs < nextMs) return false;
        nextMs = nowMs + everyMinutes * MINUTE_MS;
        return true;
      },
      taken: (place, hottest) =>
        this.#logger.warn(
          `The event loop is ${lateMs} ms late (p99). CPU profile of ${seconds} s: ${hottestText(hottest)}, ${place}`,
        ),
    };
  }
}

function continuousCapture(
  options: ContinuousProfilesOptions,
  context: PluginContext,
): CaptureLoopOptions {
  const { everyMs, seconds } = { ...profilingDefaults, ...options };
  const target = continuousTarget(options, context);
  return { everyMs, seconds, target, isDue: () => true, taken: () => undefined };
}

function continuousTarget(
  { folder, keep = profilingDefaults.keep, pyroscope, ...access }: ContinuousProfilesOptions,
  service: PluginContext,
): ProfileTarget {
  if (pyroscope !== undefined) return new Pyroscope(pyroscope, access, service);
  const subject = 'profiling().continuous.folder';
  return new ProfileFolder({ path: folder ?? '', prefix: 'continuous', keep, subject });
}
