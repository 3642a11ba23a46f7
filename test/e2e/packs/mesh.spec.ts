import { Readable } from 'node:stream';
import { Body, Controller, Get, Logger, Post, StreamableFile } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { mesh } from '../../../lib/packs/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { platforms, RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

@Controller('carts')
class CartsController {
  @Post()
  create(@Body() cart: object): object {
    return cart;
  }

  @Get('export')
  export(): StreamableFile {
    return new StreamableFile(Readable.from(['a', 'b']));
  }
}

let running: RunningApplication | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

const body = JSON.stringify({ item: 'mug' });
const linkerd = { 'l5d-client-id': 'web.shop.serviceaccount.identity.linkerd.cluster.local' };

describe.each(platforms)('a service mesh on %s', (platform) => {
  it('Requests are recorded by the workload that sent them, without scrapes, probes and sizes that nobody knows', async () => {
    running = await RunningApplication.start({
      platform,
      imports: [ObservabilityModule.forRoot({ plugins: [mesh()] })],
      controllers: [CartsController],
    });
    const headers = { ...linkerd, 'content-type': 'application/json' };
    await running.get('/carts', { method: 'POST', headers, body });
    const again = { ...headers, 'x-envoy-attempt-count': '3' };
    await running.get('/carts', { method: 'POST', headers: again, body });
    await running.get('/carts/export', { headers: linkerd });
    await running.get('/none');
    await running.get('/health');
    const { text } = await running.get('/metrics');
    const of = (name: string, labels: Readonly<Record<string, string>>) =>
      sampleOf(text, `eventcore_mesh_${name}`, labels);
    const posted = { source: 'shop/web', method: 'POST' };
    const read = { ...posted, method: 'GET' };
    expect(of('requests_total', { ...posted, status: '201', security: 'mutual_tls' })).toBe(2);
    expect(of('retries_total', posted)).toBe(1);
    expect(of('request_bytes_sum', posted)).toBe(2 * body.length);
    expect(of('response_bytes_sum', posted)).toBe(2 * body.length);
    expect(of('request_duration_seconds_count', posted)).toBe(2);
    expect(of('requests_total', read)).toBe(1);
    // A stream has no length.
    expect(of('response_bytes_count', read)).toBeUndefined();
    const unknown = { source: 'unknown', security: 'unknown' };
    expect(of('requests_total', unknown)).toBe(1);
    expect(text).not.toContain('eventcore_mesh_retries_total{source="unknown"');
  });
});
