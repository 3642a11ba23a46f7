// Bundles dist/main.js as docs/guides/bundling.md says. Arguments: bundler, `esm` or `cjs`, output file, `minify`.
import { build } from 'esbuild';
import { rolldown } from 'rolldown';
import webpack from 'webpack';

const [bundler, format, file, minify] = process.argv.slice(2);
const entry = 'dist/main.js';

// Packages that Nest imports only where they are used.
const unused = /^(@nestjs\/(microservices|websockets)(\/.*)?|class-(validator|transformer))$/;

const bundlers = {
  esbuild: () =>
    build({
      entryPoints: [entry],
      outfile: file,
      bundle: true,
      platform: 'node',
      format,
      minify: minify !== undefined,
      external: [
        '@nestjs/microservices',
        '@nestjs/websockets',
        'class-validator',
        'class-transformer',
      ],
      ...(format === 'esm'
        ? {
            banner: {
              js: "import { createRequire as requireInBundle } from 'node:module'; const require = requireInBundle(import.meta.url);",
            },
          }
        : {
            define: { 'import.meta.url': 'importMetaUrl' },
            banner: {
              js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;",
            },
          }),
    }),
  rolldown: async () => {
    const bundle = await rolldown({ input: entry, platform: 'node', external: unused });
    await bundle.write({ file, format, codeSplitting: false });
    await bundle.close();
  },
  webpack: () =>
    new Promise((resolve, reject) => {
      const options = {
        mode: 'none',
        target: 'node20',
        entry: `./${entry}`,
        output: { path: process.cwd(), filename: file },
        plugins: [
          new webpack.IgnorePlugin({ resourceRegExp: unused }),
          new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 }),
        ],
        ...(format === 'esm' && { experiments: { outputModule: true } }),
      };
      if (format === 'esm') Object.assign(options.output, { module: true, chunkFormat: 'module' });
      webpack(options, (error, stats) => {
        if (error !== null || stats.hasErrors()) reject(error ?? stats.toString('errors-only'));
        else resolve(console.log(stats.toString({ all: false, warnings: true })));
      });
    }),
};
await bundlers[bundler]();
