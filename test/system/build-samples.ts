import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';

/** Builds the samples once, before any test starts one of them; the library has been built by `npm test`. */
export default function buildSamples(project: TestProject): void {
  // Every project inherits this set-up from the root, whose own is run as well.
  if (!project.isRootProject()) return;
  try {
    execFileSync('npm', ['run', 'build', '--workspaces'], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout } = error as { readonly stdout: string };
    throw new Error(`a sample does not compile:\n${stdout}`, { cause: error });
  }
}
