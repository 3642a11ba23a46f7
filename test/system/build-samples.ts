import { execFileSync } from 'node:child_process';

/** Builds the samples once, before any test starts one of them; the library has been built by `npm test`. */
export default function buildSamples(): void {
  try {
    execFileSync('npm', ['run', 'build', '--workspaces'], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout } = error as { readonly stdout: string };
    throw new Error(`a sample does not compile:\n${stdout}`, { cause: error });
  }
}
