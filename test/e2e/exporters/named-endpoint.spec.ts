import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { prometheus } from '../../../lib/exporters/prometheus/index.js';
import { statsd } from '../../../lib/exporters/statsd/index.js';
import { ObservabilityModule } from '../../../lib/index.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

let running: RunningApplication | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function statusOf(path: string): Promise<number> {
  return (await (running as RunningApplication).get(path)).status;
}

describe('the endpoint among the exporters', () => {
  it('has the options that it is given there', async () => {
    const exporters = [prometheus({ path: '/internal/metrics' }), statsd({ port: 1 })];
    running = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ exporters })],
    });
    expect([await statusOf('/internal/metrics'), await statusOf('/metrics')]).toEqual([200, 404]);
  });

  it('is where it always is without options, from a factory, too', async () => {
    running = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRootAsync({ useFactory: () => ({ exporters: [prometheus()] }) }),
      ],
    });
    expect(await statusOf('/metrics')).toBe(200);
    const text = await running.service.gather();
    expect(text).not.toContain('exporter="prometheus_2"');
  });

  it('has its options checked', () => {
    const make = (exporter: ReturnType<typeof prometheus>, more = {}) =>
      ObservabilityModule.forRoot({ exporters: [exporter], ...more });
    expect(() => make(prometheus({ path: 'metrics' }))).toThrow(/prometheus\.path/);
    expect(() => make(prometheus({ paths: '/m' }))).toThrow(/OBS_OPTION_INVALID/);
    expect(() => make(prometheus(), { prometheus: {} })).toThrow(/given once/);
    expect(() => ObservabilityModule.forRoot({ exporters: [prometheus(), prometheus()] })).toThrow(
      /given once/,
    );
  });

  it('stops the start when a factory gives its options too late', async () => {
    const imports = [
      ObservabilityModule.forRootAsync({
        useFactory: () => ({ exporters: [prometheus({ path: '/late' })] }),
      }),
    ];
    await expect(RunningApplication.start({ imports })).rejects.toThrow(/beside useFactory/);
  });
});
