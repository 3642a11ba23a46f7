import { ConfigurationError } from '../kernel/configuration-error.js';

/** The error for an option whose package is not installed. */
export function missingPeer(option: string, value: unknown, peer: string): ConfigurationError {
  return new ConfigurationError('OBS_PEER_MISSING', {
    subject: option,
    value,
    rule: `it needs the package ${peer}, which is not installed`,
    remedy: `Run npm install ${peer}, or remove the option.`,
  });
}
