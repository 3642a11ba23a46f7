import { describe, expect, it } from 'vitest';
import { MetricQueries, type QueryResult } from '../../../lib/query/index.js';
import { sourceOf } from '../../../lib/alerts/trial/rule-trial.js';
import { seriesOf } from '../../../lib/alerts/trial/series-notation.js';
import { systemProgram } from '../../system/system-program.js';
import { runWith } from '../alerting/promtool.js';
import { readableText } from '../../../lib/alerts/templates/number.format.js';
import { parseTemplate } from '../../../lib/alerts/templates/template.js';

const promtool = systemProgram('promtool');
const labels = { job: 'shop', path: '/orders', empty: '' };
const rendered = (text: string, value = 0.25) =>
  parseTemplate(text).render({ labels, value }, async () => []);

/** Series that templates ask for; the first one raises the alert. */
const own = {
  ...{ instance: 'host.example:9100', job: 'shop', text: "foo b_ar don't FOOBAR" },
  ...{ v6: '[::1]:80', xs: 'xxaxbx' },
};
const series = {
  [`up${JSON.stringify(own).replaceAll(/"(\w+)":/g, '$1=')}`]: '2.5',
  'calls{code="500",path="/b"}': '1234.5',
  'calls{code="200",path="/a"}': '7',
  threshold: '2.5',
};

async function samplesOf(query: string) {
  const interval = { startMs: 0, intervalMs: 60_000 };
  const all = Object.entries(series).map(([name, text]) => seriesOf(name, text, interval));
  const result: QueryResult = await new MetricQueries(sourceOf(all)).query(query, { atMs: 0 });
  return result.type === 'vector' ? result.samples : [];
}

/** Returns the texts of an alert, after promtool has found the same ones. */
async function judged(templates: readonly string[]): Promise<readonly string[]> {
  const data = { labels: { __name__: 'up', ...own }, value: 2.5 };
  const texts = await Promise.all(templates.map((it) => parseTemplate(it).render(data, samplesOf)));
  const named = (all: readonly string[]) => Object.fromEntries(all.map((it, i) => [`a${i}`, it]));
  const alert = { alert: 'A', expr: 'up > 0', annotations: named(templates) };
  const expected = { exp_labels: own, exp_annotations: named(texts) };
  const test = {
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: '0m', alertname: 'A', exp_alerts: [expected] }],
  };
  const files = {
    'rules.yaml': JSON.stringify({ groups: [{ name: 'g', rules: [alert] }] }),
    'tests.yaml': JSON.stringify({ rule_files: ['rules.yaml'], tests: [test] }),
  };
  expect(await runWith(files, promtool as string, ['test', 'rules', 'tests.yaml'])).toContain(
    'SUCCESS',
  );
  return texts;
}

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
    ['{{ printf "%.1f" $value }}', 2 ** 340, `${2n ** 340n}.0`],
  ])('The template %s renders %d as %s', async (text, value, expected) => {
    expect(await rendered(text, value)).toBe(expected);
  });

  it('Labels, conditions and trimmed spaces work as in Go', async () => {
    expect(await rendered('{{ $labels.job }} on {{ .Labels.path }}{{ $labels.none }}!')).toBe(
      'shop on /orders!',
    );
    const named = '{{ with $labels.empty }}{{ . }}{{ else }}{{ $labels.job }}{{ end }}';
    expect(await rendered(named)).toBe('shop');
    expect(await rendered('{{ if $labels.job -}}  yes {{- end }}.')).toBe('yes.');
    expect(await rendered('{{ if $value }}not 0{{ else }}0{{ end }}', 0)).toBe('0');
    expect(await rendered('{{ /* a comment */ }}{{ "a \\"b\\"" }}{{ `raw` }}')).toBe('a "b"raw');
  });

  it.skipIf(promtool === undefined)('Texts of labels are the same as in Prometheus', async () => {
    const texts = await judged([
      'VALUE = {{ $value }} LABELS = {{ $labels }} {{ .Labels }} {{ $externalLabels }}',
      '{{ $labels.instance | stripPort }} {{ stripPort $labels.v6 }} {{ $labels.job | stripPort }}',
      '{{ $labels.text | title }} {{ toUpper $labels.text }} {{ $labels.text | toLower }}',
      '{{ $labels.instance | reReplaceAll ":.*" "" }} {{ reReplaceAll "^(.).*" "<$1>" $labels.job }}',
      '{{ reReplaceAll "x*" "-" $labels.xs }} {{ reReplaceAll "o(b?)" "[${1}]" $labels.text }}',
      '{{ reReplaceAll "^x" "-" $labels.xs }} {{ reReplaceAll "(?i)FOO|B" "$$" $labels.text }}',
      '{{ if $labels.none }}a{{ else if $labels.job }}b{{ else }}c{{ end }}',
      '{{ $labels.__name__ }} {{ $.Value }} {{ .ExternalLabels.cluster }}.',
    ]);
    expect(texts.at(-1)).toBe('up 2.5 .');
  });

  it.skipIf(promtool === undefined)('Queries in texts give what Prometheus gives', async () => {
    const texts = await judged([
      '{{ with query "threshold" }}{{ . | first | value | humanize }}{{ end }}',
      '{{ query "sum(calls)" | first | value | printf "%.2f" }}',
      '{{ with printf "calls{code=\'%s\'}" "500" | query }}{{ . | first | label "path" }}{{ end }}',
      '{{ range query "calls" | sortByLabel "code" }}{{ .Labels.code }}={{ .Value }};{{ end }}',
      '{{ range $i, $it := query "calls" | sortByLabel "path" }}{{ if $i }}, {{ end }}{{ $it.Labels.path }}{{ end }}',
      '{{ range query "none" }}a{{ else }}none{{ end }}{{ with query "none" }}b{{ else }}!{{ end }}',
      '{{ len (query "calls") }} {{ (index (query "calls{code=\'200\'}") 0).Value }} {{ query "vector(2)" | first | value }}',
      '{{ $first := query "calls{code=\'500\'}" | first }}{{ $first.Labels.path }} {{ $first }} {{ strvalue $first }}',
      '{{ range query "calls" | sortByLabel "code" }}{{ if eq .Labels.code "500" }}{{ break }}{{ end }}{{ .Labels.code }}{{ end }}',
      '{{ if gt (query "threshold" | first | value) 2.0 }}above{{ end }}',
    ]);
    expect(texts).toMatchObject({ 0: '2.5', 1: '1241.50', 2: '/b', 3: '200=7;500=1234.5;' });
  });

  it.skipIf(promtool === undefined)('Logic, variables and blocks work as in Go', async () => {
    const texts = await judged([
      '{{ if eq $labels.job "a" "shop" }}one of{{ end }} {{ if ne $labels.job "a" }}ne{{ end }}',
      '{{ if and (gt $value 2.0) (lt $value 3.0) (not $labels.none) }}in{{ else }}out{{ end }}',
      '{{ or $labels.none $labels.job }} {{ print }}{{ and $labels.none $labels.job }}. {{ le 1 1 }} {{ ge 2 1 }}',
      '{{ $a := 1 }}{{ if true }}{{ $a = 2 }}{{ $b := 3 }}{{ $a }}{{ $b }}{{ end }}{{ $a }}',
      '{{ with $x := $labels.job }}{{ $x }}{{ . }}{{ $.Value }}{{ end }}',
      '{{ define "place" }}<{{ .job }}>{{ end }}{{ template "place" $labels }}{{ block "v" .Value }}{{ . }}{{ end }}',
      '{{ define "two" }}{{ .arg0 }}-{{ .arg1 }}{{ end }}{{ template "two" (args $value "b") }}',
      '{{ range $name, $it := $labels }}{{ if eq $name "job" }}{{ continue }}{{ end }}{{ $name }} {{ end }}',
      '{{ index $labels "job" }} {{ len $labels.text }} {{ len $labels }} {{ print nil }}',
      'a {{- /* a "comment */ -}} b {{ "}}" }} {{ `c\\d` }} {{ "\u20ac\t|" }} {{ not true }}',
    ]);
    expect(texts).toMatchObject({ 1: 'in', 3: '232', 5: '<shop>2.5', 8: 'shop 21 6 <nil>' });
  });

  it.skipIf(promtool === undefined)('Functions print what they print in Prometheus', async () => {
    const texts = await judged([
      '{{ print 1 2 "a" $value 3 }} {{ println "a" 1 }}{{ html "<a b=\'c\'>" }} {{ urlquery "a b&c" $value }}',
      '{{ printf "%d|%5d|%-4d|%04d|%x" 7 7 7 7 255 }} {{ printf "%v %v %v" 1 "a" true }}',
      '{{ printf "%8.3f|%-8.1f|%+.0f|%08.2f" $value $value $value $value }} {{ printf "%q %t %x" "a\\"" true "hi" }} {{ .5 }}',
      '{{ printf "%e %.2e %g %.3g %G" $value 12345.678 $value 1234567.0 1e30 }} {{ printf "%.2s|%5s" "abc" "é" }}',
      '{{ printf "%s %d %.1f %v" $value $value 3 $labels }} {{ printf (print "%d" " %d") 1 }} {{ printf (print "a") 1 }}',
      '{{ humanizeTimestamp 1435065584.128 }} {{ 0 | humanizeTimestamp }} {{ toTime 1600000000.0 }} {{ "1e3" | humanize }}',
      '{{ parseDuration "1h30m" }} {{ parseDuration "90m" | humanizeDuration }} {{ humanize 3 }} {{ humanizePercentage "0.5" }}',
      '{{ match "^h.*[.]" $labels.instance }} {{ match "z" $labels.instance }} {{ "job" | match "o" }}',
      '{{ tableLink "up == 1 or (x)" }} {{ graphLink "up{a=\'b\'}" }} {{ $labels.job | safeHtml }}',
      '{{ stripDomain $labels.instance }} {{ stripDomain "10.0.0.1:80" }} {{ stripDomain "a.b" }} {{ stripDomain $labels.v6 }} {{ stripDomain "a:b:c.d" }}',
    ]);
    expect(texts[5]).toBe(
      '2015-06-23 13:19:44.128 +0000 UTC 1970-01-01 00:00:00 +0000 UTC 2020-09-13 12:26:40 +0000 UTC 1k',
    );
  });

  it.each([
    ['{{ query "none" | first | value }}', 'error calling first: first() called on vector with no'],
    ['{{ if gt $value 1 }}a{{ end }}', 'error calling gt: incompatible types for comparison'],
    ['{{ if eq $labels $labels }}a{{ end }}', 'error calling eq: invalid type for comparison'],
    ['{{ $labels.job.name }}', "can't evaluate field name in type string"],
    ['{{ .Alerts }}', "can't evaluate field Alerts"],
    ['{{ humanize $labels.job }}', 'error calling humanize: strconv.ParseFloat: parsing "shop"'],
    ['{{ toUpper $value }}', 'wrong type for value; expected string; got float64'],
    ['{{ range $value }}{{ end }}', "range can't iterate over 0.25"],
    ['{{ index (query "up") 1 }}', 'index out of range: 1'],
    ['{{ reReplaceAll (print "(") "" "a" }}', 'error calling reReplaceAll: '],
    ['{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', 'maximum template depth'],
  ])('The error of the template %s takes the place of its text', async (text, problem) => {
    expect(await rendered(`before ${text}`)).toMatch(/^<error expanding template: .*>$/);
    expect(await rendered(text)).toContain(problem);
  });

  it('A text, its work and its queries are bounded', async () => {
    const samples = await samplesOf('calls');
    const many = async () => Array.from({ length: 150 }, () => samples[0]!);
    const data = { labels, value: 1 };
    const inLoop = (body: string) =>
      parseTemplate(`{{ $x := "ab" }}{{ range query "a" }}${body}{{ end }}`).render(data, many);
    expect(await inLoop('a')).toBe('a'.repeat(150));
    expect(await inLoop('{{ $x = print $x $x }}')).toContain('more than 65536 characters');
    expect(await inLoop('a'.repeat(500))).toContain('more than 65536 characters');
    expect(await inLoop('{{ range query "b" }}{{ end }}')).toContain('more than 100 queries');
    const nested = '{{ $all := query "a" }}{{ range $all }}{{ range $all }}{{ end }}{{ end }}';
    expect(await parseTemplate(nested).render(data, many)).toContain('more than 20000 steps');
  });

  it('A query that fails is told in the place of the text', async () => {
    const failing = async () => await samplesOf('label_replace(calls, "a", "b")');
    const text = await parseTemplate('{{ query "up" | first }}').render(
      { labels, value: 1 },
      failing,
    );
    expect(text).toMatch(/^<error expanding template: error calling query: .*label_replace/);
  });

  it.each([
    '{{ query "sum(" }}',
    '{{ query }}',
    '{{ $x }}',
    '{{ $x = 1 }}',
    '{{ if $x := 1 }}{{ end }}{{ $x }}',
    '{{ define "a" }}{{ $labels }}{{ end }}',
    '{{ template "none" }}',
    '{{ break }}',
    '{{ (1 }}',
    '{{ 1) }}',
    '{{ | print }}',
    '{{ print 1 | }}',
    '{{ call 1 }}',
    '{{ print(1) }}',
    '{{ 010 }}',
    '{{ define "a" }}{{ end }}{{ define "a" }}{{ end }}',
    '{{ nil }}',
    '{{ first }}',
    '{{ match "(" "a" }}',
    '{{ "\\y" }}',
    '{{ reReplaceAll "(" "" $labels.job }}',
    '{{ reReplaceAll "a" $labels.job }}',
    '{{ if $value }}a{{ else if }}b{{ end }}',
    '{{ else if $value }}',
    '{{ range }}{{ end }}',
    '{{ printf "%z" $value }}',
    '{{ printf "%.2f" }}',
    '{{ humanize }}',
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
