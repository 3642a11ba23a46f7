import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { npm } from './npm.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the library's tarball. */
    readonly library: string;
  }
}

/** Packs the library as `npm publish` would, once for all specs of the lane; `npm run test:compat` has built it. */
export default function packLibrary(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'compat-library-'));
  const packed = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', directory], ROOT);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  project.provide('library', join(directory, filename));
  return () => rmSync(directory, { recursive: true, force: true });
}
