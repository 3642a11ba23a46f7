import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'config-'));

function fileOf(text: string): string {
  const path = join(folder, 'observability.yaml');
  writeFileSync(path, text);
  return path;
}

const GOOD = `
module: { serviceName: '\${NAME:-shop}', prometheus: { port: 9464 } }
exporters:
  - otlp: { endpoint: 'https://user:hunter2@otlp.example.com/v1?key=hunter2', headers: { api-key: '\${KEY}' } }
logging:
  sinks: [console, { elasticsearch: { url: 'http://elastic:9200', auth: { apiKey: hunter2 } } }]
`;
const BAD = `
module:
  prometheus: { prot: 9464 }
  drain: { timeoutMs: '\${SECRET}' }
`;

describe('observability config', () => {
  it('The command config validate prints nothing for a good file', async () => {
    const result = await runCommand(['config', 'validate', fileOf(GOOD)], { env: { KEY: 'x' } });
    expect(result).toEqual({ code: 0, out: '', err: '' });
  });

  it('The command config validate prints a line for each problem, with its place', async () => {
    const env = { SECRET: 'hunter2' };
    const { code, out, err } = await runCommand(['config', 'validate', fileOf(BAD)], { env });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out.split('\n')).toEqual([
      'observability.yaml:3:17 OBS_OPTION_INVALID module.prometheus.prot is not a known option. Did you mean port?',
      'observability.yaml:4:23 OBS_OPTION_INVALID module.drain.timeoutMs must be a number of milliseconds from 0 to 2,147,483,647. Pass something like 5000; 0 does not wait.',
      '',
    ]);
  });

  it('The command config validate answers as JSON', async () => {
    const { out } = await runCommand(['config', 'validate', fileOf(BAD), '--json']);
    expect(JSON.parse(out)).toContainEqual(
      expect.objectContaining({ code: 'OBS_OPTION_INVALID', at: 'observability.yaml:3:17' }),
    );
  });

  it('The command config validate reads the file of OBSERVABILITY_CONFIG_FILE by default', async () => {
    const env = { OBSERVABILITY_CONFIG_FILE: fileOf('a: {') };
    const { code, out } = await runCommand(['config', 'validate'], { env });
    expect(code).toBe(1);
    expect(out).toMatch(/^observability\.yaml:1:\d+ OBS_CONFIG_FILE YAML /);
  });

  it('A file that cannot be read is wrong usage', async () => {
    const { code, err } = await runCommand(['config', 'validate', join(folder, 'missing.yaml')]);
    expect(code).toBe(2);
    expect(err).toContain('cannot be read (Error ENOENT)');
  });

  it('The command config print shows values of variables and no secret', async () => {
    const env = { NAME: 'orders', KEY: 'hunter2' };
    const { code, out } = await runCommand(['config', 'print', fileOf(GOOD)], { env });
    expect(code).toBe(0);
    expect(out).toContain('serviceName: orders');
    expect(out).toContain('endpoint: https://otlp.example.com/(hidden)');
    expect(out).toContain('api-key: (hidden)');
    expect(out).toContain('url: http://elastic:9200');
    expect(out).not.toContain('hunter2');
  });

  it('The command config print of a bad file prints its problems', async () => {
    const { code, out } = await runCommand(['config', 'print', fileOf(BAD)]);
    expect(code).toBe(1);
    expect(out).toContain('module.prometheus.prot');
  });

  it('The command config schema prints the schema of the package', async () => {
    const { code, out } = await runCommand(['config', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveProperty('properties.module');
  });
});
