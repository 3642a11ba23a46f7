import { describe, expect, it, vi } from 'vitest';
import { missingParts } from '../../../../lib/module/diagnosis/missing-parts.js';
import { ObservabilityRuntime } from '../../../../lib/module/observability-runtime.js';

function missingIn(served: readonly ('metrics' | 'health')[], lacksTerminus: boolean): string[] {
  const runtime = new ObservabilityRuntime({ tracing: false });
  runtime.started = true;
  runtime.lacksTerminus = lacksTerminus;
  for (const purpose of served)
    runtime.endpoints.push({ purpose, path: `/${purpose}`, answeredBy: 'library' });
  const listeners = vi.spyOn(process, 'listenerCount').mockReturnValue(1);
  const missing = [...missingParts(runtime)];
  listeners.mockRestore();
  return missing;
}

describe('missingParts()', () => {
  it('`missingParts()` names Terminus where only it is missing', () => {
    expect(missingIn(['metrics'], true)).toEqual(['No health endpoints: install @nestjs/terminus']);
    expect(missingIn(['metrics'], false)).toEqual([
      'No health endpoints: set health.port, because there is no HTTP server',
    ]);
  });

  it('`missingParts()` names Terminus beside a missing HTTP server', () => {
    expect(missingIn([], true)).toEqual([
      'No HTTP server: set prometheus.port and health.port to serve metrics and health',
      'No health endpoints: install @nestjs/terminus',
    ]);
  });

  it('`missingParts()` is empty for an application that serves both', () => {
    expect(missingIn(['metrics', 'health'], false)).toEqual([]);
  });
});
