import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Additions, Application } from './application.js';
import { registryProblem } from './npm.js';
import { packLibrary } from './packed-library.js';

/** Describes what needs the packed library; skipped when nothing can be installed. */
export function describeWithLibrary(title: string, define: (library: () => string) => void): void {
  const problem = registryProblem();
  const note = problem === undefined ? '' : ` (skipped: ${problem})`;

  describe.skipIf(problem !== undefined)(`${title}${note}`, () => {
    let library: string;
    beforeAll(() => {
      library = packLibrary();
    });
    afterAll(() => library && rmSync(dirname(library), { recursive: true, force: true }));
    define(() => library);
  });
}

/** Installs an application for the tests of the surrounding `describe`. */
export function install(
  template: string,
  library: () => string,
  additions: Additions,
): () => Application {
  let application: Application;
  beforeAll(() => {
    application = new Application(template, library(), additions);
  });
  afterAll(() => application?.remove());
  return () => application;
}
