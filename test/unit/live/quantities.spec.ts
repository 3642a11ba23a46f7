import { describe, expect, it } from 'vitest';
import {
  bytesText,
  numberText,
  rateText,
  rounded,
  secondsText,
  shareText,
} from '../../../lib/live/quantity.format.js';

describe('quantities of the live page', () => {
  it.each([
    [0, '0 s'],
    [0.000_05, '0.05 ms'],
    [0.0042, '4.2 ms'],
    [0.64, '640 ms'],
    [0.9999, '1 s'],
    [1.2, '1.2 s'],
    [59.94, '59.9 s'],
    [59.96, '1 m'],
    [252, '4 m 12 s'],
    [3_600, '1 h'],
    [7_980, '2 h 13 m'],
    [273_600, '3 d 4 h'],
    [undefined, '–'],
    [Number.NaN, '–'],
  ])('A length of %s seconds reads %s', (seconds, text) => {
    expect(secondsText(seconds)).toBe(text);
  });

  it.each([
    [0, '0 %'],
    [0.0004, '< 0.1 %'],
    [0.074, '7.4 %'],
    [0.9999, '> 99.9 %'],
    [1, '100 %'],
    [null, '–'],
  ])('A share of %s reads %s', (share, text) => {
    expect(shareText(share)).toBe(text);
  });

  it.each([
    [0, '0/s'],
    [41.31, '41.3/s'],
    [4.26, '4.3/s'],
    [0.304, '0.3/s'],
    [9.96, '10/s'],
    [0.0447, '2.7/min'],
    [0.09999, '0.1/s'],
    [0.05, '3/min'],
    [0.0001, '< 0.1/min'],
    [1_234, '1,234/s'],
  ])('A rate of %s per second reads %s', (rate, text) => {
    expect(rateText(rate)).toBe(text);
  });

  it.each([
    [118_204, '118,204'],
    [999.6, '1,000'],
    [12.34, '12.3'],
    [0.5, '0.5'],
    [1, '1'],
    [10, '10'],
    [100, '100'],
    [-3, '-3'],
  ])('The number %s reads %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it.each([
    [212_000_000, '212 MB'],
    [999, '999 B'],
    [1_500, '1.5 kB'],
  ])('An amount of %s bytes reads %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it('A value is rounded to three significant digits and stays whole from 1,000 on', () => {
    expect([rounded(0.012_345), rounded(41.26), rounded(118_204.4), rounded(undefined)]).toEqual([
      0.0123,
      41.3,
      118_204,
      undefined,
    ]);
  });
});
