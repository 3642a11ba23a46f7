import { describe, expect, it } from 'vitest';
import { readableText } from '../../../lib/alerts/rules/number.format.js';
import { parseTemplate } from '../../../lib/alerts/rules/template.js';

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

  it.each([
    '{{ query "up" }}',
    '{{ $labels }}',
    '{{ $x := 1 }}',
    '{{ range .Alerts }}{{ end }}',
    '{{ printf "%d" $value }}',
    '{{ printf "%.2f" }}',
    '{{ humanize }}',
    '{{ . }}',
    '{{ if $value }}',
    '{{ end }}',
    '{{ $value ',
    '{{ $value | toUpper }}',
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
