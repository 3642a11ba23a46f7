import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../../../lib/kernel/configuration-error.js';
import {
  JaegerTraceStore,
  type JaegerTraceStoreOptions,
} from '../../../../../lib/tracing/store/jaeger/jaeger-trace-store.js';
import { toRemoteSettings } from '../../../../../lib/tracing/store/remote/remote-trace-store-options.js';
import {
  TempoTraceStore,
  type TempoTraceStoreOptions,
} from '../../../../../lib/tracing/store/tempo/tempo-trace-store.js';

const baseUrl = 'http://localhost:3200';

const invalid: readonly unknown[] = [
  undefined,
  null,
  {},
  { baseUrl: 'localhost:3200' },
  { baseUrl: '/api' },
  { baseUrl: 'ftp://localhost' },
  { baseUrl: `${baseUrl}?a=b` },
  { baseUrl: 'http://me:secret@localhost' },
  { baseUrl, headers: 'x' },
  { baseUrl, headers: ['a', 'b'] },
  { baseUrl, headers: { 'a b': 'c' } },
  { baseUrl, headers: { a: 'b\nc' } },
  { baseUrl, headers: { a: 7 } },
  { baseUrl, timeoutMs: 0 },
  { baseUrl, timeoutMs: Infinity },
  { baseUrl, maxResponseBytes: 10 },
  { baseUrl, lookbackMs: -1 },
  { baseUrl, clock: null },
  { baseUrl, clock: {} },
  { baseUrl, timeout: 10 },
];

describe('The options of a remote store', () => {
  test.each(invalid)('The options of a remote store are refused: %j', (options) => {
    const makers = [
      () => new JaegerTraceStore(options as JaegerTraceStoreOptions),
      () => new TempoTraceStore(options as TempoTraceStoreOptions),
    ];
    for (const make of makers) {
      expect(make).toThrow(ConfigurationError);
      expect(make).toThrow('OBS_OPTION_INVALID');
    }
  });

  test('The options of a remote store have no API version of Jaeger to choose', () => {
    const options = { baseUrl, api: 'v3' } as JaegerTraceStoreOptions;
    expect(() => new JaegerTraceStore(options)).toThrow(
      'JaegerTraceStore.api = "v3": is not a known option',
    );
  });

  test('The options of a remote store keep their secrets out of the error', () => {
    const headers = { authorization: 'Bearer secret', 'x y': 'secret' };
    const urls = ['http://me:secret@localhost', 'http://localhost?token=secret'];
    for (const baseUrl of urls) {
      expect(() => new TempoTraceStore({ baseUrl, headers })).toThrow(/^(?!.*secret)/s);
    }
    expect(() => new TempoTraceStore({ baseUrl, password: 'secret' } as never)).toThrow(
      /^(?!.*secret)/s,
    );
  });

  test('The options of a remote store have defaults', () => {
    const { clock, ...settings } = toRemoteSettings('Store', { baseUrl: `${baseUrl}/tempo//` });
    expect(settings).toEqual({
      baseUrl: `${baseUrl}/tempo`,
      headers: {},
      timeoutMs: 10_000,
      maxResponseBytes: 16_777_216,
      lookbackMs: 3_600_000,
    });
    expect(Math.abs(clock.wallMs() - Date.now())).toBeLessThan(1000);
  });
});
