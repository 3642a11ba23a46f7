import { otlp, type OtlpMetricsOptions } from '../../../lib/exporters/otlp/index.js';
import type { PushExporter } from '../../../lib/exporters/port/metrics-exporter.js';
import { makeRegistry } from '../../unit/metrics/registry-of-test.js';

/** An exporter of a registry of its own, without the loop that calls it. */
export async function openExporter(options: OtlpMetricsOptions) {
  const description = otlp(options);
  const { exponentialHistograms = false } = description;
  const { registry, clock } = makeRegistry(1000, { exponentialHistograms });
  const startedAtMs = clock.wallMs();
  const reported: string[] = [];
  const exporter = (await description.open({
    application: {
      serviceName: 'shop',
      serviceVersion: '4.5.6',
      environment: 'test',
      labels: { team: 'orders' },
    },
    startedAtMs,
    clock,
    read: () => registry.snapshot(),
    onSeriesEnd: (listen) => registry.onSeriesEnd(listen),
    report: (error) => reported.push((error as Error).message),
  })) as PushExporter;
  const send = (signal = new AbortController().signal) =>
    exporter.export(registry.snapshot(), signal);
  return { exporter, registry, clock, startedAtMs, reported, send };
}
