// The entries of the package, read from the exports in package.json: the one list of them.
import { readFileSync } from 'node:fs';

const { name, exports, bin } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

/** Each entry: the specifier that users import, a short name, its declarations and its source. */
export const packageEntries = Object.entries(exports).flatMap(([path, { types }]) =>
  types === undefined
    ? []
    : [
        {
          specifier: path === '.' ? name : `${name}/${path.slice(2)}`,
          name: path === '.' ? 'index' : path.slice(2),
          types,
          source: types.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'lib/$1.ts'),
        },
      ],
);

/** Sources of the programs of the package. */
export const programSources = Object.values(bin).map((it) =>
  it.replace(/^dist\/(.*)\.js$/, 'lib/$1.ts'),
);
