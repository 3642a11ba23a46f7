import type { Telemetry } from './telemetry.js';

/**
 * Slot of the process telemetry. OpenTelemetry exists once per process. The slot is on `globalThis`
 * too, so that `--import …/register` and the module share it even if this package is loaded twice.
 */
export interface TelemetrySlot {
  /** Set from the call of `startTelemetry` until the end of `shutdown`. */
  starting?: Promise<Telemetry> | undefined;
  /** Path of the configuration file that the telemetry was started from. */
  startedFrom?: string | undefined;
  /** Removes the registration of the `MeterProvider` that `startTelemetry` has registered. */
  unregisterMeter?: (() => void) | undefined;
  /** Last warning about several versions of `@opentelemetry/api`. */
  reportedCopies?: string | undefined;
}

const KEY = Symbol.for('@eventcore/nestjs-observability/telemetry@1');

/** Returns the slot of this process. */
export function telemetrySlot(): TelemetrySlot {
  const holder = globalThis as { [KEY]?: TelemetrySlot };
  return (holder[KEY] ??= {});
}

/** Releases the slot for another start. */
export function releaseTelemetrySlot(): void {
  const slot = telemetrySlot();
  slot.unregisterMeter?.();
  slot.unregisterMeter = undefined;
  slot.starting = undefined;
  slot.startedFrom = undefined;
}

/**
 * Returns the telemetry that `startTelemetry` or `--import …/register` has started in this process,
 * once it has started.
 *
 * @returns `undefined` when no telemetry was started, or its start failed.
 */
export async function findTelemetry(): Promise<Telemetry | undefined> {
  try {
    return await telemetrySlot().starting;
  } catch {
    // The caller of startTelemetry has received the error.
    return undefined;
  }
}
