import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { libraryName, libraryVersion } from '../../../lib/kernel/library.js';

it('The library knows its name and version', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  expect({ name: libraryName, version: libraryVersion }).toEqual({
    name: manifest.name,
    version: manifest.version,
  });
});
