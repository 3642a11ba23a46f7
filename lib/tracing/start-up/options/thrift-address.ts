import type { OptionRule } from '../../../options/description.js';

// Ports and path of Jaeger's collector and agent before OTLP.
const PORTS = ['14250', '14267', '14268', '6831', '6832', '5778'];
const PATH = /^\/api\/traces\/?$/;
const NAMES = ['agent', 'agentHost', 'agentPort', 'agent_host', 'agent_port'];

/** Rule that a setting of the removed protocol breaks. */
export const thriftRule: OptionRule = {
  rule: 'belongs to the Thrift protocol, which Jaeger has removed',
  remedy: "Pass the OTLP address of Jaeger: { endpoint: 'http://jaeger:4318' }.",
};

/** Names of settings of the removed protocol. */
export const thriftNames: Readonly<Record<string, OptionRule>> = Object.fromEntries(
  NAMES.map((it) => [it, thriftRule]),
);

/** Returns true for an address of the removed protocol. */
export function isThriftAddress(endpoint: unknown): boolean {
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) return false;
  const { port, pathname } = new URL(endpoint);
  return PORTS.includes(port) || PATH.test(pathname);
}
