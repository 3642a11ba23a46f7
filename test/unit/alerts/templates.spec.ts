import { describe, expect, it } from 'vitest';
import { LabelSet } from '../../../lib/query/index.js';
import { systemProgram } from '../../system/system-program.js';
import { runWith } from '../alerting/promtool.js';
import { readableText } from '../../../lib/alerts/rules/number.format.js';
import { parseTemplate } from '../../../lib/alerts/rules/template.js';

const promtool = systemProgram('promtool');
const labels = { job: 'shop', path: '/orders', empty: '' };
const rendered = (text: string, value = 0.25) => parseTemplate(text).render({ labels, value });

describe('templates of rules', () => {
  it.each([
    ['{{ $value }}', 0.25, '0.25'],
    ['{{ .Value }}', 1e6, '1e+06'],
    ['{{ $value }}', 123_456, '123456'],
    ['{{ $value }}', 123_456_789, '1.23456789e+08'],
    ['{{ $value }}', 1e21, '1e+21'],
    ['{{ $value }}', 0.00001, '1e-05'],
    ['{{ $value }}', Infinity, '+Inf'],
    ['{{ $value }}', Number.NaN, 'NaN'],
    ['{{ $value | humanize }}', 1_234_567, '1.235M'],
    ['{{ humanize $value }}', 0.00012, '120u'],
    ['{{ $value | humanize }}', 0, '0'],
    ['{{ $value | humanize }}', -1_500, '-1.5k'],
    ['{{ $value | humanize }}', 123.25, '123.2'],
    ['{{ $value | humanize1024 }}', 1_048_576, '1Mi'],
    ['{{ $value | humanize1024 }}', 0.5, '0.5'],
    ['{{ $value | humanizePercentage }}', 0.123456, '12.35%'],
    ['{{ $value | humanizePercentage }}', 123.25, '1.232e+04%'],
    ['{{ $value | humanizeDuration }}', 93_784, '1d 2h 3m 4s'],
    ['{{ $value | humanizeDuration }}', 3_661, '1h 1m 1s'],
    ['{{ $value | humanizeDuration }}', 61.9, '1m 1s'],
    ['{{ $value | humanizeDuration }}', 12.345_67, '12.35s'],
    ['{{ $value | humanizeDuration }}', 0.0025, '2.5ms'],
    ['{{ $value | humanizeDuration }}', -90, '-1m 30s'],
    ['{{ printf "%.2f" $value }}', 2.675, '2.67'],
    ['{{ $value | printf "%.0f calls" }}', 2.5, '2 calls'],
    ['{{ printf "%.1f%%" $value }}', 9.96, '10.0%'],
    ['{{ printf "%.3f" $value }}', -0.0004, '-0.000'],
  ])('The template %s renders %d as %s', (text, value, expected) => {
    expect(rendered(text, value)).toBe(expected);
  });

  it('Labels, conditions and trimmed spaces work as in Go', () => {
    expect(rendered('{{ $labels.job }} on {{ .Labels.path }}{{ $labels.none }}!')).toBe(
      'shop on /orders!',
    );
    const named = '{{ with $labels.empty }}{{ . }}{{ else }}{{ $labels.job }}{{ end }}';
    expect(rendered(named)).toBe('shop');
    expect(rendered('{{ if $labels.job -}}  yes {{- end }}.')).toBe('yes.');
    expect(rendered('{{ if $value }}not 0{{ else }}0{{ end }}', 0)).toBe('0');
    expect(rendered('{{ /* a comment */ }}{{ "a \\"b\\"" }}{{ `raw` }}')).toBe('a "b"raw');
  });

  it.skipIf(promtool === undefined)('Texts of labels are the same as in Prometheus', async () => {
    const templates = [
      'VALUE = {{ $value }} LABELS = {{ $labels }} {{ .Labels }} {{ $externalLabels }}',
      '{{ $labels.instance | stripPort }} {{ stripPort $labels.v6 }} {{ $labels.job | stripPort }}',
      '{{ $labels.text | title }} {{ toUpper $labels.text }} {{ $labels.text | toLower }}',
      '{{ $labels.instance | reReplaceAll ":.*" "" }} {{ reReplaceAll "^(.).*" "<$1>" $labels.job }}',
      '{{ reReplaceAll "x*" "-" $labels.xs }} {{ reReplaceAll "o(b?)" "[${1}]" $labels.text }}',
      '{{ reReplaceAll "^x" "-" $labels.xs }} {{ reReplaceAll "(?i)FOO|B" "$$" $labels.text }}',
      '{{ if $labels.none }}a{{ else if $labels.job }}b{{ else }}c{{ end }}',
      '{{ $labels.__name__ }}',
    ];
    const annotations = Object.fromEntries(templates.map((it, i) => [`a${i}`, it]));
    const [job, instance, v6] = ['shop', 'host.example:9100', '[::1]:80'];
    const own = { instance, job, text: "foo b_ar don't FOOBAR", v6, xs: 'xxaxbx' };
    const data = { labels: { __name__: 'up', ...own }, value: 2.5 };
    const texts = templates.map((it) => parseTemplate(it).render(data));
    const alert = { alert: 'A', expr: 'up > 0', annotations };
    const exp_annotations = Object.fromEntries(texts.map((it, i) => [`a${i}`, it]));
    const series = new LabelSet(Object.keys(data.labels), Object.values(data.labels)).toString();
    const test = {
      input_series: [{ series, values: '2.5' }],
      alert_rule_test: [
        { eval_time: '0m', alertname: 'A', exp_alerts: [{ exp_labels: own, exp_annotations }] },
      ],
    };
    const files = {
      'rules.yaml': JSON.stringify({ groups: [{ name: 'g', rules: [alert] }] }),
      'tests.yaml': JSON.stringify({ rule_files: ['rules.yaml'], tests: [test] }),
    };
    expect(await runWith(files, promtool as string, ['test', 'rules', 'tests.yaml'])).toContain(
      'SUCCESS',
    );
  });

  it.each([
    '{{ query "up" }}',
    '{{ $x := 1 }}',
    '{{ reReplaceAll "(" "" $labels.job }}',
    '{{ reReplaceAll "a" $labels.job }}',
    '{{ if $value }}a{{ else if }}b{{ end }}',
    '{{ else if $value }}',
    '{{ range .Alerts }}{{ end }}',
    '{{ printf "%d" $value }}',
    '{{ printf "%.2f" }}',
    '{{ humanize }}',
    '{{ . }}',
    '{{ if $value }}',
    '{{ end }}',
    '{{ $value ',
    '{{ $labels.job | $value }}',
  ])('The template %s is refused', (text) => {
    expect(() => parseTemplate(text)).toThrow(SyntaxError);
  });
});

it.each([
  [164.759_000_062_942_5, '164.8'],
  [0.482_35, '0.4824'],
  [2, '2'],
  [1_234.56, '1235'],
  [536_870_912, '536870912'],
  [-0.5, '-0.5'],
  [1e21, '1e+21'],
  [Number.NaN, 'NaN'],
])('The value %d of an alert is shown to people as %s', (value, text) => {
  expect(readableText(value)).toBe(text);
});
