import { expect, it } from 'vitest';
import { describeWithLibrary, install } from './installation.js';

const JEST_TIMEOUT_MS = 180_000;

/** What `nest new` of Nest 11 installs for tests. */
const TOOLS = [
  '@nestjs/testing@^11.0.1',
  '@types/jest@^30.0.0',
  '@types/supertest@^7.0.0',
  'jest@^30.0.0',
  'supertest@^7.0.0',
  'ts-jest@^29.2.5',
];

describeWithLibrary('nest11-commonjs under Jest', (library) => {
  const application = install('nest11-commonjs', library, { tools: TOOLS });

  it(
    'A Nest 11 application passes its own tests with one more line in its Jest configuration',
    () => {
      const jest = application().run('jest', ['--config', 'test/jest-e2e.json', '--json']);
      expect(jest.status, jest.stderr).toBe(0);
      expect(JSON.parse(jest.stdout)).toMatchObject({ numPassedTests: 2, numTotalTests: 2 });
    },
    JEST_TIMEOUT_MS,
  );
});
