import { describe, expect, it } from 'vitest';
import { peerOf } from '../../../lib/packs/mesh/mesh-peer.js';

const XFCC = 'x-forwarded-client-cert';
const L5D = 'l5d-client-id';
const cart = 'URI=spiffe://cluster.local/ns/shop/sa/cart';

describe('the source of a request in a service mesh', () => {
  it.each([
    [
      'the client of the last proxy',
      `By=spiffe://a/ns/b/sa/c;URI=spiffe://x/ns/i/sa/gateway,${cart}`,
    ],
    ['a URI in quotes', 'Hash=1;URI="spiffe://cluster.local/ns/shop/sa/cart"'],
    ['a subject with separators', `Subject="CN=a,O=\\"b;URI=spiffe://c/ns/x/sa/y\\",C=d";${cart}`],
    ['the first of two URIs', `${cart};URI=spiffe://cluster.local/ns/shop/sa/other`],
  ])('The source is the workload of a certificate: %s', (_what, header) => {
    expect(peerOf({ [XFCC]: header })).toEqual({ source: 'shop/cart', security: 'mutual_tls' });
  });

  it('The source of a SPIFFE id without a namespace is its path', () => {
    const header = 'URI=spiffe://example.org/billing/payments';
    expect(peerOf({ [XFCC]: header }).source).toBe('billing/payments');
  });

  it.each([
    ['cart.shop.serviceaccount.identity.linkerd.cluster.local', 'shop/cart'],
    ['cart.v2.shop.serviceaccount.identity.linkerd.cluster.local', 'shop/cart.v2'],
    ['spiffe://root.linkerd.cluster.local/ns/shop/sa/cart', 'shop/cart'],
  ])('The source is the workload of the Linkerd identity %s', (id, source) => {
    expect(peerOf({ [L5D]: id })).toEqual({ source, security: 'mutual_tls' });
  });

  it.each([
    [{}],
    [{ [XFCC]: '' }],
    [{ [XFCC]: 'Hash=1;Subject="CN=a"' }],
    [{ [XFCC]: 'URI=https://example.org/ns/a/sa/b' }],
    [{ [XFCC]: 'URI=spiffe://cluster.local' }],
    [{ [XFCC]: '"unclosed;URI=spiffe://a/ns/b/sa/c' }],
    [{ [L5D]: 'cart' }],
    [{ [L5D]: '.serviceaccount.identity.linkerd' }],
  ])('The source of a request with the headers %j is unknown', (headers) => {
    expect(peerOf(headers)).toEqual({ source: 'unknown', security: 'unknown' });
  });
});
