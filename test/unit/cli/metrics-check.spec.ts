import { describe, expect, it } from 'vitest';
import { checkMetrics, promtool } from '../../contract/promtool.js';
import { answering, runCommand } from './run-command.js';

const check = (page: string, ...more: string[]) =>
  runCommand(['metrics', 'check', '-', ...more], { stdin: page });

const described = (name: string, type: string, ...samples: string[]) =>
  [`# HELP ${name} Help.`, `# TYPE ${name} ${type}`, ...samples, ''].join('\n');

const wellText = [
  described('shop_orders_total', 'counter', 'shop_orders_total{state="a b, {\\"x\\"}\\n"} 1e3'),
  described('shop_load_ratio', 'gauge', 'shop_load_ratio NaN', ''),
  described(
    'shop_wait_seconds',
    'histogram',
    'shop_wait_seconds_bucket{le="0.5"} 1',
    'shop_wait_seconds_bucket{le="+Inf"} 2',
    'shop_wait_seconds_sum 1.5',
    'shop_wait_seconds_count 2',
  ),
  described('shop_size_bytes', 'summary', 'shop_size_bytes{quantile="0.9"} 3 1700000000000'),
  '# a comment\n\n# HELP shop_any Help.\nshop_any +Inf\n',
].join('');

const wellOpenMetrics = [
  '# HELP shop_orders Help.',
  '# TYPE shop_orders counter',
  'shop_orders_total 1.0 # {trace_id="abc"} 1.0 1700000000.5',
  'shop_orders_created 1700000000.5',
  '# HELP shop_wait_seconds Help.',
  '# TYPE shop_wait_seconds histogram',
  '# UNIT shop_wait_seconds seconds',
  'shop_wait_seconds_bucket{le="0.5"} 1 # {trace_id="a#b"} 0.4',
  'shop_wait_seconds_bucket{le="+Inf"} 1',
  'shop_wait_seconds_count 1',
  'shop_wait_seconds_sum 0.4',
  '# HELP shop_build Help.',
  '# TYPE shop_build info',
  'shop_build_info{version="1"} 1',
  '# EOF',
  '',
].join('\n');

/** Pages with one problem, which `promtool check metrics` refuses as well, with our code. */
const refused: readonly (readonly [code: string, page: string])[] = [
  ['counter-total', described('shop_orders', 'counter', 'shop_orders 1')],
  ['no-total', described('shop_orders_total', 'gauge', 'shop_orders_total 1')],
  ['help', '# TYPE shop_load_ratio gauge\nshop_load_ratio 1\n'],
  ['base-unit', described('shop_wait_milliseconds', 'gauge', 'shop_wait_milliseconds 1')],
  ['base-unit', described('shop_wait_ms', 'gauge', 'shop_wait_ms 1')],
  ['base-unit', described('shop_size_kilobytes', 'gauge', 'shop_size_kilobytes 1')],
  ['type-in-name', described('shop_load_gauge', 'gauge', 'shop_load_gauge 1')],
  ['snake-case', described('shopLoad_ratio', 'gauge', 'shopLoad_ratio 1')],
  ['snake-case', described('shop:load', 'gauge', 'shop:load 1')],
  ['snake-case', described('shop_load_ratio', 'gauge', 'shop_load_ratio{userName="a"} 1')],
  ['reserved-suffix', described('shop_orders_count', 'gauge', 'shop_orders_count 1')],
  ['reserved-suffix', described('shop_orders_bucket', 'counter', 'shop_orders_bucket 1')],
  ['label-of-exposition', described('shop_load_ratio', 'gauge', 'shop_load_ratio{le="1"} 1')],
  ['label-of-exposition', described('a_total', 'counter', 'a_total{quantile="1"} 1')],
  ['syntax', described('shop_load_ratio', 'gauge', 'shop_load_ratio one')],
  ['syntax', described('shop_load_ratio', 'gauge', 'shop_load_ratio{a=b} 1')],
  ['syntax', described('shop_load_ratio', 'gauge', 'shop_load_ratio{a="b" 1')],
  ['syntax', described('shop_load_ratio', 'gauge', 'shop_load_ratio{a="\\q"} 1')],
  ['syntax', described('shop_load_ratio', 'gauge', 'shop-load 1')],
  ['syntax', described('shop_load_ratio', 'gauge', 'shop_load_ratio 1').trimEnd()],
  ['timestamp', described('shop_load_ratio', 'gauge', 'shop_load_ratio 1 soon')],
  ['type', described('shop_load_ratio', 'thing', 'shop_load_ratio 1')],
  ['duplicate-metadata', `# HELP a A.\n${described('a', 'gauge', 'a 1')}`],
  ['metadata-order', '# HELP a A.\na 1\n# TYPE a gauge\n'],
  ['label-name', described('shop_load_ratio', 'gauge', 'shop_load_ratio{9a="b"} 1')],
];

/** Pages with one problem that promtool does not see. */
const ours: readonly (readonly [code: string, page: string])[] = [
  ['duplicate-series', described('a', 'gauge', 'a{x="1",y="2"} 1', 'a{y="2",x="1"} 2')],
  ['label-unique', described('a', 'gauge', 'a{x="1",x="2"} 1')],
  ['counter-value', described('a_total', 'counter', 'a_total -1')],
  ['grouped', `${described('a', 'gauge', 'a 1')}${described('c', 'gauge', 'c 1')}a{x="1"} 1\n`],
  ['timestamp', described('a', 'gauge', 'a 1 1700000000')],
  ['bucket-inf', described('a', 'histogram', 'a_bucket{le="1"} 1', 'a_sum 1', 'a_count 1')],
  ['bucket-le', described('a', 'histogram', 'a_bucket 1', 'a_bucket{le="+Inf"} 1', 'a_count 1')],
  ['bucket-count', described('a', 'histogram', 'a_bucket{le="+Inf"} 1', 'a_count 2')],
  [
    'bucket-order',
    described('a', 'histogram', 'a_bucket{le="1"} 2', 'a_bucket{le="+Inf"} 1', 'a_count 1'),
  ],
  ['quantile', described('a', 'summary', 'a{quantile="2"} 1')],
  ['label-name', described('a', 'gauge', 'a{__x="1"} 1')],
  ['syntax', wellOpenMetrics.replace('shop_orders_created', '\nshop_orders_created')],
  ['syntax', `${wellOpenMetrics}a 1\n# EOF\n`],
  ['timestamp', wellOpenMetrics.replace('1.0 1700000000.5', '1.0 1700000000500')],
  ['counter-total', wellOpenMetrics.replace('shop_orders_total', 'shop_orders')],
  ['unit-suffix', wellOpenMetrics.replace('wait_seconds seconds', 'wait_seconds bytes')],
  [
    'metadata-order',
    wellOpenMetrics
      .replace('# HELP shop_build Help.\n', '')
      .replace('# EOF', '# HELP shop_build Late.\n# EOF'),
  ],
];

describe('the command metrics check', () => {
  it.each([
    ['in the text format', wellText],
    ['in OpenMetrics', wellOpenMetrics],
    ['without a metric', ''],
  ])('A page %s without a problem prints nothing and ends with code 0', async (_form, page) => {
    expect(await check(page)).toEqual({ code: 0, out: '', err: '' });
  });

  it.skipIf(promtool === undefined)(
    'A page that the command accepts is accepted by promtool',
    () => {
      expect(checkMetrics(wellText)).toBe('');
    },
  );

  it.each(refused)('A problem of the kind %s is found by promtool, too: %j', async (code, page) => {
    const { code: exit, out } = await check(page);
    expect(exit).toBe(1);
    expect(codesOf(out)).toContain(code);
    if (promtool !== undefined) expect(checkMetrics(page)).not.toBe('');
  });

  it.each(ours)('A problem of the kind %s is found: %j', async (code, page) => {
    const { code: exit, out } = await check(page);
    expect(exit).toBe(1);
    expect(codesOf(out)).toEqual([code]);
  });

  it('A service that reports problems of its own has them in one line each', async () => {
    const page = [
      described(
        'shop_observability_series_folded_total',
        'counter',
        'shop_observability_series_folded_total{metric="shop_visits_total"} 7',
      ),
      described(
        'shop_observability_exports_total',
        'counter',
        'shop_observability_exports_total{exporter="otlp",outcome="success"} 1',
        'shop_observability_exports_total{exporter="otlp",outcome="failure"} 3',
        'shop_observability_exports_total{exporter="prometheus",outcome="failure"} 0',
      ),
      described(
        'shop_observability_errors_total',
        'counter',
        'shop_observability_errors_total{component="otlp"} 3',
        'shop_observability_errors_total{component="metrics"} 2',
        'shop_observability_errors_total{component="labels"} 0',
      ),
    ].join('');
    const { code, out } = await check(page);
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      expect.stringMatching(
        /^-:3 OBS_SERIES_LIMIT shop_visits_total: 7 look-ups went to __other__/,
      ),
      expect.stringMatching(
        /^-:7 OBS_EXPORTER_FAILED otlp: 3 of 4 exports failed since the start\. /,
      ),
      '-:12 OBS_OBSERVATION_REFUSED metrics: 2 faults since the start. A value cannot be recorded.',
      '',
    ]);
  });

  it('Problems are printed as JSON with place, line, code and message', async () => {
    const { out } = await check(described('shop_orders', 'counter', 'shop_orders 1'), '--json');
    expect(JSON.parse(out)).toEqual({
      place: '-',
      problems: [
        {
          line: 1,
          code: 'counter-total',
          message: 'shop_orders: the name of a counter ends in _total',
        },
      ],
    });
  });

  it('A page of another kind ends after its first lines', async () => {
    const { code, out } = await check('<p>no metrics</p>\n'.repeat(10_000));
    expect(code).toBe(1);
    expect(out.split('\n')).toHaveLength(21);
  });

  it('A service that cannot answer a scrape is a problem, and a missing page is none of the metrics', async () => {
    const failing = answering('a collector failed', { status: 500 });
    const failed = await runCommand(['metrics', 'check'], { fetch: failing.fetch });
    expect(failed).toEqual({
      code: 1,
      out: 'http://localhost:3000/metrics:1 OBS_SCRAPE_FAILED the service answered 500: a collector failed\n',
      err: '',
    });
    const missing = answering('', { status: 404 });
    const { code, err } = await runCommand(['metrics', 'check'], { fetch: missing.fetch });
    expect({ code, err }).toEqual({
      code: 2,
      err: 'observability: http://localhost:3000/metrics answered 404\n',
    });
  });
});

function codesOf(out: string): string[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[1] as string);
}
