import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../../../dist/cli/main.js');

/** Runs the program as a process. */
function run(args: readonly string[], input = '') {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((done) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

const GOOD =
  '# HELP shop_orders_total Orders.\n# TYPE shop_orders_total counter\nshop_orders_total 1\n';

describe('the program observability', () => {
  it('The program checks a page from its standard input, a file and an address', async () => {
    const server = createServer((_, response) => response.end('shop-orders 1\n')).listen(0);
    await once(server, 'listening');
    const url = `http://localhost:${(server.address() as AddressInfo).port}/metrics`;
    expect(await run(['metrics', 'check', '-'], GOOD)).toEqual({ code: 0, stdout: '', stderr: '' });
    const bad = await run(['metrics', 'check', '--url', url]);
    server.close();
    expect(bad).toMatchObject({ code: 1, stderr: '' });
    expect(bad.stdout).toMatch(/:1/);
  });

  it('The program answers wrong usage with code 2 and a suggestion', async () => {
    const { code, stdout, stderr } = await run(['metrics', 'chek']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('metrics check');
  });

  it('The program names a service that does not answer', async () => {
    const { code, stderr } = await run(['why', 'x', '--url', 'http://user:hunter2@localhost:9']);
    expect(code).toBe(2);
    expect(stderr).toContain('localhost:9');
    expect(stderr).not.toContain('hunter2');
  });

  it('The program prints the schema of configuration files', async () => {
    const { code, stdout } = await run(['config', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('properties.telemetry');
  });
});
