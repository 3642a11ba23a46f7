import { describe, expect, it } from 'vitest';
import {
  acceptedFormat,
  acceptsGzip,
} from '../../../lib/exporters/prometheus/format/content-negotiation.format.js';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('the format of a scrape', () => {
  it.each([
    [PROMETHEUS_2, 'openmetrics'],
    [PROMETHEUS_3, 'openmetrics'],
    ['application/openmetrics-text', 'openmetrics'],
    ['Application/OpenMetrics-Text; Version="1.0.0"', 'openmetrics'],
    ['application/*', 'openmetrics'],
    ['text/plain;q=0.5, application/openmetrics-text;q=0.6', 'openmetrics'],
    ['application/openmetrics-text, text/plain', 'openmetrics'],
    ['text/plain;q=0, */*', 'openmetrics'],
    ['text/plain;q=0.6, application/openmetrics-text;q=0.5', 'text'],
    ['text/plain, application/openmetrics-text', 'text'],
    ['application/openmetrics-text;version=0.0.1', 'text'],
    ['application/openmetrics-text;q=0, */*', 'text'],
    ['application/openmetrics-text;q=2, text/plain;q=0.1', 'text'],
    ['text/plain;version=0.0.4', 'text'],
    [BROWSER, 'text'],
    ['*/*', 'text'],
    ['application/json', 'text'],
    ['', 'text'],
    [';;,,q=1', 'text'],
    [undefined, 'text'],
  ])('The format of a scrape is chosen for %j: %s', (accept, kind) => {
    expect(acceptedFormat(accept)).toBe(kind);
  });

  it('The format of a scrape is found in a header of a megabyte in no time', () => {
    expect(acceptedFormat('a/b;c=d,'.repeat(131_072))).toBe('text');
  });
});

describe('a scrape', () => {
  it.each([
    ['gzip', true],
    ['gzip, deflate, br', true],
    ['GZIP;q=0.001', true],
    ['x-gzip', true],
    ['*', true],
    ['br, *;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['gzip;q=0.5, identity', false],
    ['identity', false],
    ['deflate', false],
    ['', false],
    [undefined, false],
  ])('A scrape with Accept-Encoding %j is compressed: %s', (acceptEncoding, expected) => {
    expect(acceptsGzip(acceptEncoding)).toBe(expected);
  });
});
