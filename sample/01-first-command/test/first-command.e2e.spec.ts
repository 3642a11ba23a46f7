import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSample, startSample } from '../../running-sample.js';

describe('the first command', () => {
  let sample: RunningSample;

  beforeAll(async () => {
    sample = await startSample(import.meta.url);
  }, 60_000);

  afterAll(() => sample.process.kill('SIGKILL'));

  it('counts success, rejection and failure apart', async () => {
    expect(await place('mug', 2)).toBe(201);
    expect(await place('mug', 0)).toBe(409);
    expect(await place('lost', 1)).toBe(500);

    const metrics = await (await fetch(`${sample.url}/metrics`)).text();
    const valueOf = (name: string) =>
      Number(new RegExp(`^${name}\\{[^}]*"PlaceOrder"[^}]*\\} (.*)$`, 'm').exec(metrics)?.[1]);
    expect(valueOf('eventcore_commands_total')).toBe(3);
    expect(valueOf('eventcore_commands_succeeded_total')).toBe(1);
    expect(valueOf('eventcore_commands_rejected_total')).toBe(1);
    expect(valueOf('eventcore_command_errors_total')).toBe(1);
    expect(metrics).toContain(
      'eventcore_projection_events_processed_total{projection_name="revenue",mode="live",service="first-command"} 1',
    );
  });

  it('is healthy', async () => {
    const response = await fetch(`${sample.url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok', projections_active: 1 });
  });

  const place = async (sku: string, quantity: number) =>
    (await sample.post('/orders', { sku, quantity })).status;
});
