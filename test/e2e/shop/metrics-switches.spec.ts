import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpReceiver } from '../../contract/otlp/http-receiver.js';
import { poll } from '../../system/poll.js';
import { RunningShop } from '../../system/running-shop.js';

describe('the shop with OTEL=1 and PROMETHEUS=0', () => {
  let receiver: HttpReceiver;
  let shop: RunningShop;

  beforeAll(async () => {
    receiver = await new HttpReceiver().open();
    shop = await RunningShop.start({
      OTEL: '1',
      PROMETHEUS: '0',
      TRAFFIC: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_BSP_SCHEDULE_DELAY: '200',
    });
  });

  afterAll(async () => {
    await shop?.stop();
    await receiver?.close();
  });

  it('The shop sends its metrics and its spans by OTLP', async () => {
    const paths = await poll(
      async () => {
        const seen = new Set(receiver.requests.map(({ path }) => path));
        return seen.size === 2 ? [...seen].toSorted() : undefined;
      },
      { what: 'metrics and spans', timeoutMs: 30_000 },
    );
    expect(paths).toEqual(['/v1/metrics', '/v1/traces']);
  });

  it('The shop has no page of metrics, and is alive', async () => {
    const paths = ['/metrics', '/health/live'];
    const answers = await Promise.all(paths.map((it) => fetch(shop.url + it)));
    expect(answers.map(({ status }) => status)).toEqual([404, 200]);
  });
});
