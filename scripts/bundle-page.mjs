// Builds the files of the live page: the client in TypeScript becomes one file, the chart library another that is loaded
// when a chart is drawn, and the style sheet has that of the library at its end. Licences stay.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'lib/live/client');
const target = join(resolve(process.argv[2] ?? join(root, 'dist')), 'live/page');
const library = join(root, 'node_modules/uplot');

const licence = `/*! uPlot, ${readFileSync(join(library, 'LICENSE'), 'utf8').trim()} */`;
mkdirSync(target, { recursive: true });

const bundle = await rolldown({
  input: { page: join(source, 'page.ts') },
  platform: 'browser',
  onLog(level, { message }) {
    throw new Error(`${level}: ${message}`);
  },
});
const { output } = await bundle.generate({
  format: 'es',
  minify: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  codeSplitting: {
    groups: [{ name: 'chart', test: /[\\/]uplot[\\/]|[\\/]client[\\/]details[\\/]chart\.ts$/ }],
  },
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();

const names = output.map(({ fileName }) => fileName).toSorted();
if (names.join() !== 'chart.js,page.js') throw new Error(`unexpected files: ${names.join()}`);
for (const { fileName, code } of output) {
  write(fileName, fileName === 'chart.js' ? `${licence}\n${code}` : code);
}
const ownStyle = readFileSync(join(source, 'page.css'), 'utf8');
const chartStyle = readFileSync(join(library, 'dist/uPlot.min.css'), 'utf8');
write('page.css', `${smaller(ownStyle)}\n${licence}\n${chartStyle.trim()}\n`);
write(
  'overview.html',
  readFileSync(join(source, 'overview.html'), 'utf8').replaceAll(/\n\s*/g, ''),
);

/** Removes what the browser does not need; the sheet has no text in which spaces count. */
function smaller(css) {
  return css
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};,]) ?/g, '$1')
    .replaceAll(': ', ':');
}

function write(name, content) {
  writeFileSync(join(target, name), content);
}
