import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { webhook } from '../../../lib/alerting/index.js';
import { expectAlert, receiverContract } from '../../../lib/testing/index.js';

const lag = 'eventcore_projection_lag_seconds{projection_name="orders"}';
const processed =
  'eventcore_projection_events_processed_total{projection_name="orders",mode="live"}';
const live = 'eventcore_projection_state{projection_name="orders",state="live"}';

describe('expectAlert()', () => {
  it('A shipped alert fires on series, with the labels of a target', async () => {
    const series = { [lag]: '60+60x30', [processed]: '10x30', [live]: '1x30' };
    const stalled = expectAlert('ProjectionStalled');
    const labels = { projection_name: 'orders', job: 'shop' };
    await expect(stalled.firesWhen(series, { labels })).resolves.toBeUndefined();
    const busy = { ...series, [processed]: '0+10x30' };
    await expect(stalled.staysQuietWhen(busy)).resolves.toBeUndefined();
  });

  it('An expectation that does not hold says what happened', async () => {
    const rule = { name: 'Slow', query: 'latency > 1', for: '5m' };
    await expect(expectAlert(rule).firesWhen({ latency: '0x30' })).rejects.toThrow(
      'Slow does not fire: its condition never holds',
    );
    await expect(expectAlert(rule).firesWhen({ latency: '0x10 2 2 0x18' })).rejects.toThrow(
      'it is pending for 2 minutes',
    );
    await expect(expectAlert(rule).staysQuietWhen({ latency: '3x30' })).rejects.toThrow(
      'Slow fires with the value 3',
    );
    await expect(
      expectAlert(rule).firesWhen({ latency: '3x30' }, { labels: { team: 'a' } }),
    ).rejects.toThrow('fires with other labels');
  });

  it('A rule that is invalid and a name that is unknown are refused', () => {
    expect(() => expectAlert({ name: 'A', query: 'sum(' })).toThrow('OBS_OPTION_INVALID');
    expect(() => expectAlert('Unknown' as never)).toThrow('Unknown is no shipped alert');
  });
});

describe('a webhook is a receiver as the contract demands', () => {
  const create = async () => {
    let taken = 0;
    let state = 'taking';
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        if (state === 'taking') taken++;
        response.writeHead(state === 'taking' ? 200 : 503).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      receiver: webhook({ url: `http://127.0.0.1:${port}/top-secret` }),
      target: (it: string) => void (state = it),
      taken: () => taken,
      close: () => void server.close(),
    };
  };
  const cases = receiverContract({ create, secrets: ['top-secret'] });
  it.each(cases.map(({ title, run }) => [title, run] as const))(
    'A webhook keeps the contract: %s',
    async (_title, run) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );
});
