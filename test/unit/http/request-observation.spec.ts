import { HttpAdapterHost } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, it } from 'vitest';
import { ObservabilityRuntime } from '../../../lib/module/observability-runtime.js';
import { servedPaths } from '../../../lib/module/endpoints/metrics-endpoint.js';
import { RequestObservation } from '../../../lib/http/request-observation.js';

describe('requests are measured', () => {
  it('Request measurement begins as soon as the adapter is there, once', () => {
    const runtime = new ObservabilityRuntime({});
    const host = new HttpAdapterHost();
    const observation = new RequestObservation(runtime, host);
    expect(runtime.http?.isHooked).toBe(false);
    const adapter = new ExpressAdapter();
    host.httpAdapter = adapter;
    expect(runtime.http?.isHooked).toBe(true);
    const express = adapter.getInstance() as { readonly handle: unknown };
    const { handle } = express;
    observation.configure();
    expect(express.handle).toBe(handle);
  });

  it('Request measurement begins at the latest before routes are registered, where Nest does not tell of the adapter', () => {
    const runtime = new ObservabilityRuntime({});
    const host = { httpAdapter: undefined as unknown };
    const observation = new RequestObservation(runtime, host as HttpAdapterHost);
    host.httpAdapter = new ExpressAdapter();
    observation.configure();
    expect(runtime.http?.isHooked).toBe(true);
  });

  it.each([null, undefined, {}, { getType: () => 'other' }])(
    'Request measurement begins not with the adapter %j',
    (it) => {
      const runtime = new ObservabilityRuntime({});
      const host = { httpAdapter: it };
      new RequestObservation(runtime, host as never).configure();
      expect(runtime.http?.isHooked).toBe(false);
    },
  );
});

describe('the endpoints of the library', () => {
  const paths = ['/metrics', '/health', '/'];

  it.each([
    ['', [], ['/metrics', '/health', '/']],
    ['api', [], ['/api/metrics', '/api/health', '/api']],
    ['/api/v1/', ['/metrics'], ['/metrics', '/api/v1/health', '/api/v1']],
  ])(
    'Library endpoints under the prefix %j without %j are %j',
    (prefix, outsidePrefix, excluded) => {
      const runtime = new ObservabilityRuntime({});
      const observation = new RequestObservation(runtime, new HttpAdapterHost());
      for (const it of servedPaths({ paths, outsidePrefix }, prefix)) observation.serve(it);
      for (const url of excluded)
        expect(runtime.http?.begin({ method: 'GET', url })).toBeUndefined();
      expect(runtime.http?.begin({ method: 'GET', url: '/other' })).toBeDefined();
    },
  );
});
