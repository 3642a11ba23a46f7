// Joins the modules that tsc has written to a folder into one file per entry of the package and a few that entries share:
// most of what importing the package costs is finding and opening files. Declarations stay as they are.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { packageEntries, programSources } from './package-entries.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, 'dist'));

// What several entries share. Of these all but the last need no peer, and few entries need none of them.
const groups = [
  {
    name: 'kernel',
    test: /[\\/]kernel[\\/](?!peers[\\/]installed-package)|[\\/]standard-variables\.js$|[\\/]http[\\/](matched-route|express-mount|http-method|open-requests?|response-end|server-connections)\.js$|[\\/](microservice-parts|gateways|method-overrides|function-identity|late-tracing|instance-discovery|named-sources|(mysql|pg|typeorm)-pool)\.js$|(otel-globals|telemetry-slot|meter-slot|trace-store|observed-check\.decorator|secret-[a-z]+)\.js$/,
  },
  // Needs valibot, which some entries do without.
  {
    name: 'options',
    test: /dist[^\\/]*[\\/](module[\\/])?options[\\/](?!standard-variables)|[\\/]exporter-options\.js$/,
    minShareCount: 2,
  },
  {
    name: 'metrics',
    test: /[\\/](metrics|projections)[\\/]|[\\/](instrumentation|integrations)[\\/]event-store[\\/]|(manual-event-store-operation|metric-exports)\.js$/,
    minShareCount: 2,
  },
  // Decorators stay with the calls that they observe, of which pipelines need a part.
  { name: 'instrumentation', test: /[\\/]instrumentation[\\/]/, minShareCount: 2 },
  { name: 'scrape', test: /[\\/]prometheus[\\/](?!.*controller)/, minShareCount: 2 },
  { name: 'health', test: /[\\/]health[\\/](check-answer|health-checks|health-indicators)\.js$/ },
  { name: 'trace-context', test: /[\\/]tracing[\\/]context[\\/]/, minShareCount: 2 },
];

const names = (sources) => sources.map((it) => it.replace(/^lib\/(.*)\.ts$/, '$1'));
const output = [
  ...(await bundled(names(packageEntries.map(({ source }) => source)), 'chunks', { groups })),
  // Programs share no file with the entries: they start without what these need.
  ...(await bundled(names(programSources), 'cli')),
];
output.forEach(assertClassNames);
for (const file of filesOf(folder)) if (/\.js(\.map)?$/.test(file)) rmSync(file);
for (const { fileName, code, source } of output) write(join(folder, fileName), code ?? source);

/** Joins the modules behind some files, given without their extension. */
async function bundled(inputs, chunkFolder, codeSplitting) {
  const bundle = await rolldown({
    input: Object.fromEntries(inputs.map((it) => [it, join(folder, `${it}.js`)])),
    // Peers and dependencies are the application's own copies, and optional ones may be missing.
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    platform: 'node',
    // What package.json says of side effects is meant for the bundles.
    treeshake: { moduleSideEffects: true },
    plugins: [{ name: 'source-maps-of-tsc', load: loadWithMap }],
    onLog(level, { message }) {
      throw new Error(`${level}: ${message}`);
    },
  });
  const { output } = await bundle.generate({
    format: 'es',
    // The package leaves the maps out: the code is not minified, and its sources are not in the package.
    sourcemap: 'hidden',
    entryFileNames: '[name].js',
    chunkFileNames: `${chunkFolder}/[name].js`,
    ...(codeSplitting && { codeSplitting }),
    comments: { legal: true, annotation: true, jsdoc: false },
  });
  await bundle.close();
  return output;
}

function loadWithMap(file) {
  if (!isAbsolute(file)) return null;
  return {
    code: readFileSync(file, 'utf8'),
    map: JSON.parse(readFileSync(`${file}.map`, 'utf8')),
  };
}

/** Nest shows names of classes, and labels and errors have them: of two classes of one name, one would be renamed. */
function assertClassNames({ fileName, code = '' }) {
  const renamed = /\bclass \w+\$\d+/.exec(code)?.[0];
  if (renamed !== undefined) throw new Error(`${fileName}: ${renamed} has another name in lib`);
}

function filesOf(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name));
}

function write(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
