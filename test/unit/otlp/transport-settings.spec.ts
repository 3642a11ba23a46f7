import { describe, expect, it } from 'vitest';
import { type Environment, StandardVariables } from '../../../lib/options/standard-variables.js';
import type { OtlpTransportOptions } from '../../../lib/otlp/transport-options.js';
import { type OtlpSignal, otlpTransportSettings } from '../../../lib/otlp/transport-settings.js';

const signals: readonly OtlpSignal[] = ['metrics', 'traces'];

describe.each(signals)('transport settings of %s', (signal) => {
  const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`;

  function read(env: Environment, options: OtlpTransportOptions = {}) {
    const warned: string[] = [];
    const variables = new StandardVariables(env, (message) => warned.push(message));
    return { ...otlpTransportSettings(signal, options, variables), warned };
  }

  it('OTLP transport settings add the path of the signal to the endpoint of all signals only', () => {
    expect(read({}).url).toBe(`http://localhost:4318/v1/${signal}`);
    expect(read({}, { endpoint: 'http://c:1/a/' }).url).toBe(`http://c:1/a/v1/${signal}`);
    expect(read({}, { endpoint: `http://c:1/x/${signal}` }).url).toBe(`http://c:1/x/${signal}`);
    expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1' }).url).toBe(`http://c:1/v1/${signal}`);
    expect(read({ [`${own}_ENDPOINT`]: 'http://c:1/own' }).url).toBe('http://c:1/own');
  });

  it('OTLP transport settings merge headers without regard to case, the option before the variables', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'A=all,B=all,C=all', [`${own}_HEADERS`]: 'b=own' };
    expect(read(env, { headers: { C: 'option' } })).toMatchObject({
      headers: { a: 'all', b: 'own', c: 'option' },
      warned: [],
    });
  });

  it('OTLP transport settings read keys in Base64, and ignore headers that HTTP does not allow', () => {
    const headersOf = (text: string) => {
      const { headers, warned } = read({ [`${own}_HEADERS`]: text });
      return { headers, warned };
    };
    for (const text of ['Authorization=Basic YTpi==', ' Authorization=Basic%20YTpi%3D%3D , ']) {
      const headers = { authorization: 'Basic YTpi==' };
      expect(headersOf(text)).toEqual({ headers, warned: [] });
    }
    for (const text of ['"a=secret"', 'a b=secret', 'a=secret%0a', 'a=secret%', 'secret']) {
      expect(headersOf(text)).toEqual({
        headers: {},
        warned: [expect.stringMatching(`^${own}_HEADERS is ignored: [^]*without quotes$`)],
      });
    }
  });

  it('OTLP transport settings accept a gRPC target with and without a scheme, and warn about any other', () => {
    const urlOf = (target: string) =>
      read({ [`${own}_ENDPOINT`]: target }, { protocol: 'grpc' }).url;
    expect(urlOf('collector:4317')).toBe('collector:4317');
    expect(urlOf('unix:///run/otlp.sock')).toBe('unix:///run/otlp.sock');
    const env = { [`${own}_ENDPOINT`]: 'ftp://user:secret@host' };
    const { url, warned } = read(env, { protocol: 'grpc' });
    expect(url).toBe('http://localhost:4317');
    expect(warned).toEqual([expect.stringMatching(`^${own}_ENDPOINT is ignored`)]);
    expect(warned[0]).not.toContain('secret');
  });

  it('OTLP transport settings say when variables name certificate files', () => {
    expect(read({}).usesCertificateFiles).toBe(false);
    expect(read({ OTEL_EXPORTER_OTLP_CLIENT_KEY: 'key.pem' }).usesCertificateFiles).toBe(true);
    expect(read({ [`${own}_CERTIFICATE`]: 'ca.pem' }).usesCertificateFiles).toBe(true);
  });
});
