import { describe, expect, it } from 'vitest';
import { commands } from '../../../lib/cli/command-registry.js';
import { libraryVersion } from '../../../lib/kernel/library.js';
import { answering, runCommand } from './run-command.js';

const explanation = {
  name: 'shop_lag_seconds',
  kind: 'metric',
  appears: false,
  reasons: ['The head source does not answer.'],
  suggestions: [],
};

describe('the command line', () => {
  it('The command line lists its commands', async () => {
    const { code, out, err } = await runCommand(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      [
        'observability COMMAND [OPTION]...',
        '',
        '  metrics check [-]              Check a metrics page: names, units, help, types, duplicates, limits, exports',
        '  metrics reference              Print the metrics of packs, or those of the library, as a table in Markdown',
        '  traces sampling-status         Show the sampler, and the recorded and lost spans of each exporter',
        '  config validate [FILE]         Check a configuration file: a line for each problem, with its place',
        '  config print [FILE]            Print the options of a configuration file, with variables and without secrets',
        '  config schema                  Print the JSON Schema of configuration files',
        '  alerts export                  Print the alerts for Prometheus, promtool or Alertmanager, or write their files',
        '  alerts test RULE               Evaluate an alert on series: when it is pending, fires and ends',
        '  alerts list                    List the alerts of a running service, or of a Prometheus',
        '  alerts silence add MATCHER...  Add a silence to the file of silences',
        '  alerts silence list            List the silences of the file',
        '  alerts silence expire ID       End a silence of the file',
        '  alerts drill NAME...           Inject series in which alerts fire: who would be notified, and when',
        '  alerts backtest RULE           Evaluate an alert on the stored history: when it would have fired',
        '  dashboards export              Print the dashboards for Grafana as a JSON array, or write a file for each',
        '  query EXPRESSION               Ask a running service, or a Prometheus, a question in PromQL',
        '  profile [cpu|heap]             Take a profile of a running service: its hottest functions, and a file for pprof',
        '  why NAME                       Say why a metric, span or handler does not appear',
        '  explain [CODE]                 Explain an error code: meaning, cause, remedy, page; all codes without one',
        '',
        '  --json     Print JSON',
        '  --help     Print this help',
        '  --version  Print the version',
        '',
        'Exit code: 0 all is well, 1 a problem was found, 2 wrong usage or nothing to read.',
        '',
      ].join('\n'),
    );
  });

  it('The command line prints its version', async () => {
    expect(await runCommand(['--version'])).toEqual({
      code: 0,
      out: `${libraryVersion}\n`,
      err: '',
    });
  });

  it.each(commands.map(({ name }) => name))('The command %s has a help', async (name) => {
    const { code, out } = await runCommand([...name.split(' '), '--help']);
    expect(code).toBe(0);
    expect(out.startsWith(`observability ${name}`)).toBe(true);
    expect(out).toContain('--json');
  });

  it.each([
    [['wy', 'x'], 'unknown command "wy x". Did you mean why?'],
    [['metrics'], 'unknown command "metrics". Did you mean metrics check, metrics reference?'],
    [['metrics', 'chek'], 'unknown command "metrics chek". Did you mean metrics check?'],
    [['metrics', 'check', '--ulr', 'x'], 'unknown option "--ulr". Did you mean --url?'],
    [
      ['metrics', 'check', '--url=secret', '--josn'],
      'unknown option "--josn". Did you mean --json?',
    ],
    [['metrics', 'check', '--url'], 'the value of --url is missing or extra'],
    [['why'], 'NAME is missing: observability why NAME'],
    [['why', 'a', 'b'], 'too many arguments: observability why NAME'],
    [['metrics', 'check', '--file', '/no/such/page'], '/no/such/page cannot be read (ENOENT)'],
    [
      ['why', 'a', '--url', 'localhost:3000'],
      '--url is not an address such as http://localhost:3000',
    ],
    [
      ['explain', 'OBS_OPTION_INVALD'],
      'unknown code "OBS_OPTION_INVALD". Did you mean OBS_OPTION_INVALID,',
    ],
  ])('The arguments %j end with code 2 and a reason', async (argv, reason) => {
    const { code, out, err } = await runCommand(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`observability: ${reason}`);
  });

  it.each([
    ['a terminal', { isTTY: true }, true],
    ['a pipe', { isTTY: false }, false],
    ['a terminal with NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }, false],
    ['a dumb terminal', { isTTY: true, env: { TERM: 'dumb' } }, false],
  ])(
    'The command line to %s writes colours only where they are wanted',
    async (_output, io, isColoured) => {
      const { out } = await runCommand(['explain', 'OBS_WAIT_LIMIT'], io);
      expect(out.includes('\u001B[')).toBe(isColoured);
    },
  );
});

describe('the command why', () => {
  it('The command why asks the diagnosis endpoint, and prints each reason in a line', async () => {
    const { fetch, requests } = answering(JSON.stringify(explanation));
    expect(await runCommand(['why', 'shop_lag_seconds'], { fetch })).toEqual({
      code: 1,
      out: 'shop_lag_seconds metric, does not appear\nThe head source does not answer.\n',
      err: '',
    });
    expect(requests[0]?.url).toBe('http://localhost:3000/diagnosis?name=shop_lag_seconds');
  });

  it('The command why prints the explanation as JSON, and ends with code 0 for what appears', async () => {
    const { fetch } = answering(JSON.stringify({ ...explanation, appears: true }));
    const { code, out } = await runCommand(['why', 'x', '--json'], { fetch });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ ...explanation, appears: true });
  });

  it('The command why takes the address from OBSERVABILITY_URL', async () => {
    const { fetch, requests } = answering(JSON.stringify(explanation));
    const env = { OBSERVABILITY_URL: 'http://shop:9464', OBSERVABILITY_AUTHORIZATION: 'Bearer t' };
    await runCommand(['why', 'x'], { fetch, env });
    expect(requests[0]?.url).toBe('http://shop:9464/diagnosis?name=x');
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer t');
  });

  it('Credentials of an address are sent as a header and never printed', async () => {
    const url = 'http://ops:s3cret@shop:3000/inner?token=t0ken';
    const { fetch, requests } = answering('no', { status: 401 });
    const refused = await runCommand(['why', 'x', '--url', url], { fetch });
    expect(requests[0]?.headers.get('authorization')).toBe(`Basic ${btoa('ops:s3cret')}`);
    expect(requests[0]?.url).not.toContain('s3cret');
    const unreachable = await runCommand(['why', 'x', '--url', url]);
    for (const { code, out, err } of [refused, unreachable]) {
      expect(code).toBe(2);
      expect(out + err).not.toMatch(/s3cret|t0ken/);
      expect(err).toContain('http://shop:3000/inner');
    }
  });

  it('The command why says how to switch the endpoint on when another page answers', async () => {
    const { fetch } = answering('<html>', { headers: { 'content-type': 'text/html' } });
    const { code, err } = await runCommand(['why', 'x'], { fetch });
    expect(code).toBe(2);
    expect(err).toContain('is not a diagnosis endpoint. Set the option diagnosis');
  });

  it('The command why stops to read a page that never ends', async () => {
    const chunk = new Uint8Array(8 * 1024 * 1024);
    const body = new ReadableStream({ pull: (it) => it.enqueue(chunk) });
    const { code, err } = await runCommand(['why', 'x'], {
      fetch: async () => new Response(body),
    });
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining('more than 64 MiB'),
    });
  });
});

describe('the command traces sampling-status', () => {
  const spans = {
    recording: true,
    provider: 'BasicTracerProvider',
    sampler: 'ParentBased{root=AlwaysOnSampler}',
    exporters: [{ exporter: 'otlp', accepted: 9, exported: 6, failed: 2, dropped: 1, pending: 1 }],
    kinds: [{ kind: 'event_store', reasons: ['3 spans for otlp are lost.'] }],
  };

  it('The command traces sampling-status prints sampler and counts, and ends with code 1 for lost spans', async () => {
    const { fetch } = answering(JSON.stringify({ spans }));
    expect(await runCommand(['traces', 'sampling-status'], { fetch })).toEqual({
      code: 1,
      out: [
        'recording yes',
        'provider BasicTracerProvider',
        'sampler ParentBased{root=AlwaysOnSampler}',
        'otlp recorded 10, exported 6, failed 2, dropped 1, pending 1',
        '3 spans for otlp are lost.',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('The command traces sampling-status ends with code 0 when no span is lost', async () => {
    const { fetch } = answering(JSON.stringify({ spans: { ...spans, exporters: [] } }));
    const { code, out } = await runCommand(['traces', 'sampling-status', '--json'], { fetch });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ recording: true, exporters: [] });
  });
});

describe('the command explain', () => {
  it('The command explain prints meaning, cause, remedy and page', async () => {
    expect(await runCommand(['explain', 'obs_exporter_unreachable'])).toEqual({
      code: 0,
      out: [
        'OBS_EXPORTER_UNREACHABLE An exporter cannot connect to its target.',
        'Cause:  The target is down, its address is wrong, or a firewall refuses the connection.',
        'Remedy: Start the target, or correct the address in the options of the exporter.',
        'Page:   docs/guides/exporters.md',
        '',
      ].join('\n'),
      err: '',
    });
  });
});
