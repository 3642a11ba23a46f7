import type { Telemetry } from './telemetry.js';

/**
 * Where the telemetry of this process is found. OpenTelemetry itself is one per process; the slot stands beside its own
 * on `globalThis`, so that `--import …/register` and the module find each other even if this package is loaded twice.
 */
export interface TelemetrySlot {
  /** Set from the call of `startTelemetry` until the end of `shutdown`. */
  starting?: Promise<Telemetry> | undefined;
  /** What has been said about several versions of `@opentelemetry/api`. */
  reportedCopies?: string | undefined;
}

const KEY = Symbol.for('@eventcore/nestjs-observability/telemetry@1');

/** The slot of this process. */
export function telemetrySlot(): TelemetrySlot {
  const holder = globalThis as { [KEY]?: TelemetrySlot };
  return (holder[KEY] ??= {});
}

/**
 * The telemetry that `startTelemetry` or `--import …/register` started in this process, once it has started.
 *
 * @returns `undefined` when nobody asked for telemetry, or it could not start.
 */
export async function findTelemetry(): Promise<Telemetry | undefined> {
  try {
    return await telemetrySlot().starting;
  } catch {
    // Whoever called startTelemetry has been told.
    return undefined;
  }
}
