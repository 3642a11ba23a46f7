import { describe, expect, it } from 'vitest';
import { alertDefinitions, alerts } from '../../../lib/alerting/index.js';

describe('the alert definitions', () => {
  it('The name of an alert is unique and in Pascal case', () => {
    const names = alertDefinitions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((it) => !/^(?:[A-Z][a-z]+)+$/.test(it))).toEqual([]);
  });

  it('A parameter of an alert has the unit and the default of its definition', () => {
    expect(alerts.CommandErrorRateHigh.parameters.ratio).toMatchObject({
      unit: 'ratio',
      default: 0.05,
    });
  });
});
