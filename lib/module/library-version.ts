import { createRequire } from 'node:module';

const { name, version } = createRequire(import.meta.url)('../../package.json') as {
  readonly name: string;
  readonly version: string;
};

/** Name of this package. */
export const libraryName: string = name;

/** Version of this package. */
export const libraryVersion: string = version;
