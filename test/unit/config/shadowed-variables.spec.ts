import { describe, expect, it } from 'vitest';
import { shadowedVariables } from '../../../lib/config/shadowed-variables.js';

const env = { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on', LOG_LEVEL: ' ' };
const variablesOf = (sections: Parameters<typeof shadowedVariables>[0]) =>
  shadowedVariables(sections, env).map(({ variable }) => variable);

describe('variables that a configuration file takes the place of', () => {
  it('The name of the module shadows OTEL_SERVICE_NAME only where the file starts the telemetry', () => {
    expect(variablesOf({ module: { serviceName: 'shop' } })).toEqual([]);
    expect(variablesOf({ module: { serviceName: 'shop' }, telemetry: {} })).toEqual([
      'OTEL_SERVICE_NAME',
    ]);
  });

  it('A blank variable counts as one that is not set', () => {
    expect(variablesOf({ logging: { level: 'warn' }, telemetry: { sampler: 'never' } })).toEqual([
      'OTEL_TRACES_SAMPLER',
    ]);
  });
});
