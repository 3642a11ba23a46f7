// Compiles the sources with SWC, as `nest build --builder swc` does.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { transformFileSync } from '@swc/core';

const jsc = {
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true },
  target: 'es2022',
  keepClassNames: true,
};
mkdirSync('dist', { recursive: true });
for (const file of readdirSync('src')) {
  const { code } = transformFileSync(join('src', file), { jsc, module: { type: 'es6' } });
  writeFileSync(join('dist', `${basename(file, '.ts')}.js`), code);
}
