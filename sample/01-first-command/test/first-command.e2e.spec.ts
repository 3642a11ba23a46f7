import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SAMPLE = fileURLToPath(new URL('..', import.meta.url));

describe('the first command', () => {
  let app: ChildProcess;
  let url: string;

  beforeAll(async () => {
    app = spawn(process.execPath, ['dist/main.js'], {
      cwd: SAMPLE,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(app.stdout!), 'line')) as [string];
    url = new URL(line).origin;
  }, 60_000);

  afterAll(() => {
    app.kill('SIGKILL');
  });

  it('counts success, rejection and failure apart', async () => {
    expect(await place('mug', 2)).toBe(201);
    expect(await place('mug', 0)).toBe(409);
    expect(await place('lost', 1)).toBe(500);

    const metrics = await (await fetch(`${url}/metrics`)).text();
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
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok', projections_active: 1 });
  });

  async function place(sku: string, quantity: number): Promise<number> {
    const response = await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sku, quantity }),
    });
    return response.status;
  }
});
