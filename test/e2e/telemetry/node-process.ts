import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Folder of this repository. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** The built package; `npm run build` makes it. */
export const dist = fileURLToPath(new URL('../../../dist', import.meta.url));

/** A process that has ended. */
export interface EndedProcess {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** What to run. */
export interface NodeProcess {
  /** An ES module. */
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where packages are resolved from. @defaultValue the repository */
  readonly cwd?: string;
  /** More arguments for Node. */
  readonly args?: readonly string[];
}

const LIMIT_MS = 45_000;

/** Runs a script in a Node process of its own, without any variable of OpenTelemetry but those given. */
export async function runNode({
  script,
  env = {},
  cwd = repository,
  args = [],
}: NodeProcess): Promise<EndedProcess> {
  const startedMs = performance.now();
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL_|NODE_OPTIONS|VITEST)/.test(name),
  );
  const child = spawn(process.execPath, [...args, '--input-type=module', '--eval', script], {
    cwd,
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr, tookMs: performance.now() - startedMs };
}
