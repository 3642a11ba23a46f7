import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { boards } from '../../../lib/dashboards/index.js';
import { runCommand } from './run-command.js';

const folder = () => mkdtempSync(join(tmpdir(), 'dashboards-'));
const run = (...argv: string[]) => runCommand(['dashboards', 'export', ...argv]);
const DEPLOYED = new URL('../../../deploy/grafana/dashboards/', import.meta.url);

describe('observability dashboards export', () => {
  it('The command dashboards export writes the files that the package contains', async () => {
    const out = join(folder(), 'new', 'boards');
    const { code, out: printed, err } = await run('--out', out);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const names = boards.map(({ id }) => `${id}.json`);
    expect(printed.trim().split('\n')).toEqual(names.map((it) => join(out, it)));
    expect(readdirSync(out).toSorted()).toEqual(names.toSorted());
    for (const it of names)
      expect(readFileSync(join(out, it), 'utf8')).toBe(readFileSync(new URL(it, DEPLOYED), 'utf8'));
  });

  it('The command dashboards export prints an array without a folder', async () => {
    const { code, out } = await run(
      ...['--namespace', 'my_shop', '--selector', 'service="shop"', '--datasource', 'Mimir'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveLength(boards.length);
    expect(out).toContain('my_shop_commands_total{job=~\\"$job\\"');
    expect(out).toContain('service=\\"shop\\"');
    expect(out).not.toContain('eventcore');
  });

  it('A threshold line follows the value of its alert parameter', async () => {
    const { out } = await run('--set', 'ProjectionLagHigh.seconds=7m', '--selector', 'zone="a",');
    expect(out).toContain('"value": 420');
    expect(out).not.toMatch(/,\s*[,}](?!\s*")/);
    expect((await run()).out).not.toContain('"value": 420');
  });

  it.each([
    [['--namespace', 'My-Shop'], '--namespace must be 1 to 32 lower-case letters'],
    [['--selector', 'a="b"', '--selector', 'c="d"'], '--selector is given twice. Pass it once.'],
    [['--selector', '{a="b"}'], '--selector must be a list of label matchers without braces'],
    [['--set', 'ProjectionLagHigh.second=60'], 'Did you mean ProjectionLagHigh.seconds'],
    [['--set', 'ProjectionLagHigh.seconds=5min'], 'must be a number of seconds or a duration'],
    [['--datasource', ''], '--datasource must be 1 to'],
    [['--namspace', 'shop'], 'unknown option "--namspace". Did you mean --namespace'],
  ])('The command dashboards export refuses %j and writes nothing', async (argv, message) => {
    const out = folder();
    const { code, err } = await run(...argv, '--out', out);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(readdirSync(out)).toEqual([]);
  });

  it('The command dashboards export leaves no part of a file where it cannot write', async () => {
    const out = folder();
    // A folder in the place of the last file.
    const last = boards.at(-1)?.id as string;
    await run('--out', join(out, `${last}.json`));
    const before = readdirSync(out);
    const { code, err } = await run('--out', out);
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot be written to'),
    });
    expect(readdirSync(out).filter((it) => it.endsWith('.partial'))).toEqual([]);
    expect(before).toEqual([`${last}.json`]);
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    expect((await run('--out', file)).err).toContain('cannot be written to');
  });
});
