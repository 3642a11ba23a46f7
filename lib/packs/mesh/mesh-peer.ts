import type { IncomingHttpHeaders } from 'node:http';

/** Security of the connection between two sidecars, as far as the headers tell. */
type MeshSecurity = 'mutual_tls' | 'unknown';

/** Workload that sent a request. */
export interface MeshPeer {
  /** `namespace/service-account`, or `unknown`. */
  readonly source: string;
  readonly security: MeshSecurity;
}

const UNKNOWN: MeshPeer = { source: 'unknown', security: 'unknown' };
const LINKERD_IDENTITY = '.serviceaccount.identity.';

/**
 * Returns the workload that sent a request, by the header that the sidecar of the receiver sets: `x-forwarded-client-cert` of
 * Envoy and Istio, `l5d-client-id` of Linkerd.
 */
export function peerOf(headers: IncomingHttpHeaders): MeshPeer {
  const { 'x-forwarded-client-cert': certificate, 'l5d-client-id': clientId } = headers;
  const source =
    (typeof certificate === 'string' ? sourceOfCertificate(certificate) : undefined) ??
    (typeof clientId === 'string' ? sourceOfClientId(clientId) : undefined);
  return source === undefined ? UNKNOWN : { source, security: 'mutual_tls' };
}

/**
 * Returns the workload of the last certificate: each proxy adds that of its client. Format:
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
 */
function sourceOfCertificate(header: string): string | undefined {
  const last = partsOf(header, ',').at(-1) ?? '';
  const uri = partsOf(last, ';').find((it) => it.trim().startsWith('URI='));
  const id = uri?.trim().slice('URI='.length).replaceAll('"', '');
  return id === undefined ? undefined : sourceOfSpiffeId(id);
}

/** Splits a text at a character outside of quotes, in which a backslash escapes. */
function partsOf(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (isQuoted && char === '\\') i++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === separator && !isQuoted) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}

/** Returns the workload of `spiffe://cluster.local/ns/shop/sa/cart`; of other ids the path, without the trust domain. */
function sourceOfSpiffeId(id: string): string | undefined {
  const [scheme, , , ...path] = id.split('/');
  if (scheme !== 'spiffe:' || path.length === 0) return undefined;
  const [ns, namespace, sa, account] = path;
  return ns === 'ns' && sa === 'sa' ? `${namespace}/${account}` : path.join('/');
}

/** Returns the workload of `cart.shop.serviceaccount.identity.linkerd.cluster.local`, or of a SPIFFE id. */
function sourceOfClientId(id: string): string | undefined {
  const [workload = '', isLinkerd] = id.split(LINKERD_IDENTITY);
  if (isLinkerd === undefined) return sourceOfSpiffeId(id);
  const dot = workload.lastIndexOf('.');
  return dot > 0 ? `${workload.slice(dot + 1)}/${workload.slice(0, dot)}` : undefined;
}
