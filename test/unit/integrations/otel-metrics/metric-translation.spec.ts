import { describe, expect, it } from 'vitest';
import { unitWordsOf } from '../../../../lib/metrics/definition/units.js';
import {
  LabelTranslation,
  prometheusName,
} from '../../../../lib/integrations/otel-metrics/metric-translation.format.js';

describe('the Prometheus name of an instrument', () => {
  it.each([
    ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration_seconds'],
    ['process.cpu.time', 's', 'counter', 'process_cpu_time_seconds_total'],
    ['app.Orders.place.calls.total', '', 'counter', 'app_Orders_place_calls_total'],
    ['requests', '{request}', 'counter', 'requests_total'],
    ['requests', '1', 'counter', 'requests_total'],
    ['fill', '1', 'gauge', 'fill_ratio'],
    ['fill.ratio', '1', 'gauge', 'fill_ratio'],
    ['memory.bytes.used', 'By', 'gauge', 'memory_bytes_used'],
    ['disk.io', 'By/s', 'gauge', 'disk_io_bytes_per_second'],
    ['rate', '{packet}/min', 'gauge', 'rate_per_minute'],
    ['temperature', 'Cel', 'gauge', 'temperature_celsius'],
    ['load', 'furlong', 'gauge', 'load_furlong'],
    ['a..b--c__d/e', '', 'gauge', 'a_b_c_d_e'],
    ['latency', 'ms', 'histogram', 'latency_milliseconds'],
  ] as const)('The name %s of unit "%s" as %s is %s', (name, unit, type, expected) => {
    expect(prometheusName({ name, unit, type, isRatio: type === 'gauge' })).toBe(expected);
  });

  it('A unit is no property that every object inherits', () => {
    expect(unitWordsOf('constructor')).toBe('constructor');
    expect(unitWordsOf('{anything}')).toBe('');
  });
});

describe('the labels of attributes', () => {
  it('Keys become label names, and values of keys with one name are joined in the order of the keys', () => {
    const labels = new LabelTranslation('counter', { otel_scope_name: 'shop' });
    const attributes = { a_b: 'two', 'a.b': 'one', '1st': true, list: ['x', 1], none: undefined };
    expect(labels.labelsOf(attributes as never)).toEqual({
      a_b: 'one;two',
      key_1st: 'true',
      list: '["x",1]',
      otel_scope_name: 'shop',
    });
  });

  it('The label le is left to the buckets, and the labels of the scope to the scope', () => {
    const labels = new LabelTranslation('histogram', { otel_scope_name: 'shop' });
    const attributes = { le: '1', quantile: 2, otel_scope_name: 'other' };
    expect(labels.labelsOf(attributes)).toEqual({
      exported_le: '1',
      exported_quantile: '2',
      otel_scope_name: 'shop',
    });
  });
});
