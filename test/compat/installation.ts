import { afterAll, beforeAll, describe, inject } from 'vitest';
import { Application } from './application.js';
import { registryProblem } from './npm.js';

/** Describes what needs the packed library; skipped when nothing can be installed. */
export function describeWithLibrary(title: string, define: (library: () => string) => void): void {
  const problem = registryProblem();
  const note = problem === undefined ? '' : ` (skipped: ${problem})`;

  describe.skipIf(problem !== undefined)(`${title}${note}`, () => {
    define(() => inject('library'));
  });
}

/**
 * Installs an application for the tests of the surrounding `describe`.
 *
 * @param tools - Packages that its sources do not know.
 */
export function install(
  template: string,
  library: () => string,
  tools: readonly string[] = [],
): () => Application {
  let application: Application;
  beforeAll(() => {
    application = new Application(template, library(), tools);
  });
  afterAll(() => application?.remove());
  return () => application;
}
