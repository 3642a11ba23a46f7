import type { FactoryProvider } from '@nestjs/common';
import { findTelemetry } from '../../tracing/start-up/telemetry-slot.js';
import {
  MissingTraceStore,
  TRACE_STORE,
  type TraceStore,
} from '../../tracing/store/trace-store.js';
import { ObservabilityRuntime } from '../observability-runtime.js';

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
