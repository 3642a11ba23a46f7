import { Injectable, Logger } from '@nestjs/common';
import { AggregatorRegistry, Counter, Pushgateway, register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Command,
  ObservabilityModule,
  type ObservabilityModuleExtras,
  type ObservabilityOptions,
} from '../../../lib/index.js';
import { parseOpenMetrics } from '../../contract/openmetrics-format.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';
import { PushgatewayDouble } from './pushgateway-double.js';

Logger.overrideLogger(false);

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(): Promise<void> {
    await Promise.resolve();
  }
}

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const running: RunningApplication[] = [];

beforeEach(() => register.clear());

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
  register.setContentType('text/plain; version=0.0.4; charset=utf-8' as never);
  register.clear();
});

async function start(
  prometheus: ObservabilityModuleExtras['prometheus'] = { register: true },
  options: ObservabilityOptions = {},
): Promise<RunningApplication> {
  const imports = [ObservabilityModule.forRoot({ ...options, prometheus })];
  const application = await RunningApplication.start({ imports, providers: [Orders] });
  running.push(application);
  return application;
}

describe("our metrics in prom-client's register", () => {
  it("Our metrics in prom-client's register are what they are at /metrics", async () => {
    const application = await start(undefined, { serviceName: 'shop' });
    await application.app.get(Orders).place();
    const ours = await application.service.gather();
    const theirs = await register.metrics();
    const volatile = /observability_|uptime|event_loop|memory|cpu|heap|process_|gc_|error_rate/;
    const families = (text: string) =>
      [...parseTextFormat(text).values()]
        .filter(({ name, samples }) => name.startsWith('eventcore_') && samples.length > 0)
        .filter(({ name }) => !volatile.test(name));
    const seen = families(theirs);
    expect(seen.length).toBeGreaterThan(5);
    expect(seen).toEqual(families(ours));
    expect(
      sampleOf(theirs, 'eventcore_commands_total', { service: 'shop', command_type: 'PlaceOrder' }),
    ).toBe(1);
  });

  it("Our metrics in prom-client's register can be had as JSON, for a Pushgateway and for the workers of a cluster", async () => {
    const application = await start();
    await application.app.get(Orders).place();
    const json = await register.getMetricsAsJSON();
    const overTheWire = JSON.parse(JSON.stringify(json)) as never;
    const sum = await AggregatorRegistry.aggregate([overTheWire, overTheWire] as never).metrics();
    expect(sampleOf(sum, 'eventcore_commands_total')).toBe(2);
    const success = { outcome: 'success' };
    expect(sampleOf(sum, 'eventcore_command_duration_seconds_count', success)).toBe(2);
    expect(
      sampleOf(sum, 'eventcore_command_duration_seconds_bucket', { ...success, le: '+Inf' }),
    ).toBe(2);
    expect(sampleOf(sum, 'eventcore_build_info')).toBe(1);
  });

  it.each(['text', 'OpenMetrics'] as const)(
    "Our metrics in prom-client's register are pushed whole to a Pushgateway, in %s",
    async (format) => {
      const gateway = await PushgatewayDouble.open();
      try {
        const application = await start(undefined, { serviceName: 'shop' });
        application.service
          .gauge({ name: 'shop_level', help: 'Level.', labels: ['place'] })
          .labels({ place: 'a "b"\\\n' })
          .set(-0.5);
        new Counter({ name: 'shop_own_total', help: 'Own.' }).inc(2);
        await application.app.get(Orders).place();
        if (format === 'OpenMetrics') register.setContentType(OPENMETRICS as never);
        const client = new Pushgateway(gateway.url, {}, register);
        await client.pushAdd({ jobName: 'nightly', groupings: { instance: 'a' } });
        await application.app.get(Orders).place();
        await client.push({ jobName: 'nightly' });
        const [first, second] = gateway.pushes;
        expect([first?.method, first?.path]).toEqual(['POST', '/metrics/job/nightly/instance/a']);
        expect([second?.method, second?.path]).toEqual(['PUT', '/metrics/job/nightly']);
        for (const [i, push] of gateway.pushes.entries()) {
          const parsed =
            format === 'text' ? parseTextFormat(push.body) : parseOpenMetrics(push.body);
          const samples = [...parsed.values()].flatMap((it) => [...it.samples]);
          const valueOf = (name: string) => samples.find((it) => it.name === name)?.value;
          expect(valueOf('eventcore_commands_total')).toBe(i + 1);
          expect(valueOf('eventcore_command_duration_seconds_count')).toBe(i + 1);
          expect(valueOf('shop_own_total')).toBe(2);
          expect(samples.find((it) => it.name === 'shop_level')).toMatchObject({
            labels: { place: 'a "b"\\\n', service: 'shop' },
            value: -0.5,
          });
        }
      } finally {
        await gateway.close();
      }
    },
  );

  it("Our metrics in prom-client's register read in OpenMetrics as prom-client writes it", async () => {
    const application = await start({ register: true, defaultMetrics: false });
    await application.app.get(Orders).place();
    register.setContentType(OPENMETRICS as never);
    const families = parseOpenMetrics(await register.metrics());
    expect(families.get('eventcore_commands')?.samples).toMatchObject([
      { name: 'eventcore_commands_total', value: 1 },
    ]);
    register.resetMetrics();
    expect(sampleOf(await application.service.gather(), 'eventcore_commands_total')).toBe(1);
  });

  it("Our metrics in prom-client's register do not come back to our own endpoint", async () => {
    new Counter({ name: 'shop_own_total', help: 'Own.' }).inc();
    register.setDefaultLabels({ team: 'red' });
    const application = await start();
    for (let i = 0; i < 2; i++) {
      const { text } = await application.get('/metrics');
      expect(sampleOf(text, 'shop_own_total', { team: 'red' })).toBe(1);
      expect(text).not.toMatch(/^eventcore_observability_errors_total\{[^}]*\} [1-9]/m);
    }
    register.setDefaultLabels({});
  });

  it("Our metrics in prom-client's register include those that are registered later, and leave names that are taken to their owner", async () => {
    const application = await start();
    application.service.counter({ name: 'shop_late_total', help: 'Late.' }).inc(3);
    expect(sampleOf(await register.metrics(), 'shop_late_total')).toBe(3);
    new Counter({ name: 'shop_taken_total', help: 'Taken.' }).inc(7);
    application.service.counter({ name: 'shop_taken_total', help: 'Ours.' }).inc();
    expect(sampleOf(await register.metrics(), 'shop_taken_total')).toBe(7);
    const component = { component: 'prometheus' };
    const text = await application.service.gather();
    expect(sampleOf(text, 'eventcore_observability_errors_total', component)).toBeGreaterThan(0);
  });

  it("Our metrics in prom-client's register are gone when the application is closed, and there again with the next", async () => {
    await (await start()).close();
    expect(await register.getMetricsAsJSON()).toEqual([]);
    await start();
    expect(await register.metrics()).toContain('eventcore_commands_total');
  });

  it("Our metrics in prom-client's register keep no second application of the process from its own, unless it wants to be there as well", async () => {
    await start();
    const second = await start({});
    await second.app.get(Orders).place();
    const { text } = await second.get('/metrics');
    expect(sampleOf(text, 'eventcore_commands_total')).toBe(1);
    await expect(start()).rejects.toMatchObject({ code: 'OBS_METRIC_DUPLICATE' });
    const third = await start({ register: true }, { namespace: 'billing' });
    expect((await third.get('/metrics')).status).toBe(200);
    expect(await register.metrics()).toContain('billing_commands_total');
  });

  it("Our metrics in prom-client's register are not there without the option", async () => {
    await start({});
    expect(await register.metrics()).not.toContain('eventcore_');
  });
});
