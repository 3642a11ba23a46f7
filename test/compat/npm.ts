import { execFileSync } from 'node:child_process';

/** What a person at a terminal has: without what npm and vitest add for the processes they start. */
export const cleanEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !isAdded(name)),
);

function isAdded(name: string): boolean {
  // Where packages come from is the person's own.
  if (/^npm_config_(registry|cache|userconfig)$/.test(name)) return false;
  return /^(npm_|VITEST)/.test(name) || ['NODE_ENV', 'NODE_OPTIONS', 'INIT_CWD'].includes(name);
}

/** Runs npm and returns what it wrote. */
export function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', args, {
    cwd,
    env: cleanEnvironment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/**
 * Why nothing can be installed, or `undefined` when it can.
 *
 * @throws Error instead when `REQUIRE_SYSTEM=1`.
 */
export function registryProblem(): string | undefined {
  try {
    npm(['view', '@nestjs/common', 'version', '--fetch-retries=0', '--fetch-timeout=10000'], '.');
    return undefined;
  } catch (cause) {
    if (process.env['REQUIRE_SYSTEM'] !== '1') return 'the npm registry does not answer';
    throw new Error('The npm registry does not answer, and REQUIRE_SYSTEM=1 asks for it.', {
      cause,
    });
  }
}
