import { execFileSync } from 'node:child_process';

/** Builds the samples once, before any test starts one of them. */
export default function buildSamples(): void {
  execFileSync('npm', ['run', 'build', '--workspaces'], { stdio: 'pipe' });
}
