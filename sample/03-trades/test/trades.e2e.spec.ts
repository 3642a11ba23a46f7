import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type RunningSample, startSample } from '../../running-sample.js';

let sample: RunningSample;

beforeAll(async () => {
  sample = await startSample(import.meta.url, { TRAFFIC: '0' });
}, 60_000);

afterAll(() => sample.process.kill('SIGKILL'));

const post = async (path: string) => (await sample.post(path)).status;

const valueOf = async (name: string, label: string) => {
  const text = await (await fetch(`${sample.url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{[^}]*"${label}"[^}]*\\} (.*)$`, 'm').exec(text)?.[1]);
};

const WAITING = 'eventcore_pipeline_stage_waiting';

it('A burst waits for the enrichment while it is stalled, and is stored when it runs again', async () => {
  expect(await post('/demo/stall')).toBe(204);
  expect(await post('/demo/burst?trades=90')).toBe(204);
  expect(await valueOf(WAITING, 'enrich')).toBe(56);
  expect(await post('/demo/recover')).toBe(204);
  await vi.waitFor(
    async () => {
      expect(await valueOf('eventcore_pipeline_events_emitted_total', 'candles')).toBe(3);
      expect(await valueOf(WAITING, 'enrich')).toBe(0);
    },
    { timeout: 20_000 },
  );
});

it('GET /health has a check of the pipeline and counts what runs', async () => {
  const response = await fetch(`${sample.url}/health`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    pipelines_running: 1,
    streams_active: 3,
    details: { pipeline_candles: { status: 'up', factors: { errors: 1 } } },
  });
});
