import { randomUUID } from 'node:crypto';
import { arch, hostname } from 'node:os';
import { basename } from 'node:path';
import type { DetectorOptions } from './telemetry-options.js';

/**
 * Detects host and process attributes of the resource, named by the OpenTelemetry conventions. The
 * SDK's own process detector would add the command line and the user.
 */
export function detectAttributes(
  detectors: Required<DetectorOptions>,
): Record<string, string | number> {
  return { ...(detectors.host && hostAttributes()), ...(detectors.process && processAttributes()) };
}

// Source: https://opentelemetry.io/docs/specs/semconv/resource/host/
const ARCHITECTURES: Readonly<Record<string, string>> = {
  arm: 'arm32',
  ppc: 'ppc32',
  x64: 'amd64',
  ia32: 'x86',
};
const OS_TYPES: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };

function hostAttributes(): Record<string, string> {
  return {
    'host.name': hostname(),
    'host.arch': ARCHITECTURES[arch()] ?? arch(),
    'os.type': OS_TYPES[process.platform] ?? process.platform,
  };
}

function processAttributes(): Record<string, string | number> {
  return {
    'process.pid': process.pid,
    'process.executable.name': basename(process.execPath),
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'service.instance.id': randomUUID(),
  };
}
