import { describe, expect, it } from 'vitest';
import { runFile } from '../../promql/conformance.mjs';

const FILE = `
# Series of the cases below.
load 1m
  requests_total{job="a", path="C:\\\\x"} 0+60x10
  requests_total{job='b'} 0+30x5 stale _ 7x1
  size {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x3

load_with_nhcb 1m
  took_bucket{le="1"} 1+1x3
  took_bucket{le="+Inf"} 2+2x3

eval instant at 5m sum(rate(requests_total[5m]))
  expect no_warn
  {} 1.5

eval instant at 6m requests_total{job="b"}

eval range from 7m to 10m step 1m requests_total{job="b"}
  requests_total{job="b"} _ 7 7 7

eval instant at 5m sort_desc(requests_total)
  expect ordered
  requests_total{job="a", path="C:\\\\x"} 300
  requests_total{job="b"} 150

eval instant at 5m sort(requests_total)
  expect ordered
  requests_total{job="a", path="C:\\\\x"} 300
  requests_total{job="b"} 150

eval instant at 1m 1 + 0x1F
  32

eval instant at 2m requests_total{job="a"}[1m30s]
  expect range vector from 1m to 2m step 1m
  requests_total{job="a", path="C:\\\\x"} 60 120

eval instant at 0 "a\\x41"
  expect string "aA"

eval instant at 0 sum(1
  expect fail

eval_fail instant at 0 vector(1)

eval instant at 3m count(size)
  {} 1

eval instant at 3m took_bucket{le="1"}
  took_bucket{le="1"} 4

eval instant at 3m requests_total + fill(0) size
  {} 0
clear
eval instant at 5m requests_total
`;

describe('Reader of the test files of Prometheus', () => {
  it('Tells which cases pass, fail, read native histograms or use experimental syntax', async () => {
    const cases = await runFile(FILE);
    expect(cases.map(({ query, kind }) => [query, kind])).toEqual([
      ['sum(rate(requests_total[5m]))', 'passed'],
      ['requests_total{job="b"}', 'passed'],
      ['requests_total{job="b"}', 'passed'],
      ['sort_desc(requests_total)', 'passed'],
      ['sort(requests_total)', 'failed'],
      ['1 + 0x1F', 'passed'],
      ['requests_total{job="a"}[1m30s]', 'passed'],
      ['"a\\x41"', 'passed'],
      ['sum(1', 'passed'],
      ['vector(1)', 'failed'],
      ['count(size)', 'native'],
      ['took_bucket{le="1"}', 'passed'],
      ['requests_total + fill(0) size', 'experimental'],
      ['requests_total', 'passed'],
    ]);
  });

  it('Says what differs and in which line of the file', async () => {
    const cases = await runFile('load 1m\n  up 1\n\neval instant at 0 up\n  up 2\n');
    expect(cases).toMatchObject([
      { line: 4, kind: 'failed', difference: expect.stringContaining('2, got') },
    ]);
  });

  it('Refuses a line that is no list of points', async () => {
    await expect(runFile('load 1m\n  up 1 two\n')).rejects.toThrow('not a list of points: two');
  });
});
