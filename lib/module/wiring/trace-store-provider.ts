import type { FactoryProvider } from '@nestjs/common';
import { findTelemetry } from '../../tracing/start-up/telemetry-slot.js';
import { MissingTraceStore, type TraceStore } from '../../tracing/store/trace-store.js';
import { ObservabilityRuntime } from '../observability-runtime.js';

/**
 * Token of the `TraceStore` of the application: that of the option `tracing.store`, else the one in memory that
 * `startTelemetry({ traceStore: true })` made. Without either, every answer is an error `OBS_TRACE_STORE_MISSING`.
 *
 * @example
 * ```ts
 * import { Controller, Get, Inject } from '@nestjs/common';
 * import { TRACE_STORE } from '@eventcore/nestjs-observability';
 * import type { TraceStore } from '@eventcore/nestjs-observability/tracing';
 *
 * @Controller('slow-orders')
 * export class SlowOrdersController {
 *   constructor(@Inject(TRACE_STORE) private readonly traces: TraceStore) {}
 *
 *   @Get()
 *   async list() {
 *     const found = await this.traces.findTraces({ name: 'command PlaceOrder', minDurationMs: 250 });
 *     return found.ok ? found.value : { error: found.error.code };
 *   }
 * }
 * ```
 */
export const TRACE_STORE: unique symbol = Symbol.for('eventcore.trace-store') as never;

/** Provides {@link TRACE_STORE}. */
export const traceStoreProvider: FactoryProvider<TraceStore> = {
  provide: TRACE_STORE,
  inject: [ObservabilityRuntime],
  useFactory: async ({ options: { tracing = {} } }: ObservabilityRuntime) => {
    if (tracing !== false && tracing.store !== undefined) return tracing.store;
    const telemetry = await findTelemetry();
    const reason = telemetry?.reason === undefined ? '' : `Telemetry: ${telemetry.reason}.`;
    return telemetry?.traceStore ?? new MissingTraceStore(reason);
  },
};
