// Writes the generated documentation; `npm run docs` runs it, and a test fails when a page is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { alertFiles } from './docs/alerts.mjs';
import { configSchema } from './docs/config-schema.mjs';
import { dashboardFiles } from './docs/dashboards.mjs';
import { decoratorsPage } from './docs/decorators.mjs';
import { entriesPage } from './docs/entries.mjs';
import { errorsPage } from './docs/errors.mjs';
import { format, replacePart } from './docs/markdown.mjs';
import { metricsPage } from './docs/metrics.mjs';
import { optionsPage } from './docs/options.mjs';
import { publicApi } from './docs/public-api.mjs';
import { roomDrawing, roomTable } from './docs/rooms.mjs';
import { renderOverhead, RESULT, shortTable } from './overhead/page.mjs';

const root = new URL('..', import.meta.url);
const read = (file) => readFileSync(new URL(file, root), 'utf8');

function architecturePage() {
  const drawn = replacePart(read('docs/architecture.md'), 'drawing', roomDrawing());
  return replacePart(drawn, 'rooms', roomTable());
}

/** Every file that holds generated text, by its path, with the text that it should have. */
export async function renderDocs(library) {
  const result = JSON.parse(readFileSync(RESULT, 'utf8'));
  const api = publicApi();
  const pages = {
    'config.schema.json': await configSchema(api),
    'README.md': replacePart(read('README.md'), 'overhead', shortTable(result)),
    'docs/architecture.md': architecturePage(),
    'docs/reference/decorators.md': decoratorsPage(api),
    'docs/reference/entries.md': entriesPage(api),
    'docs/reference/errors.md': await errorsPage(),
    'docs/reference/metrics.md': await metricsPage(library.catalogue),
    'docs/reference/options.md': await optionsPage(api),
  };
  const formatted = Object.entries(pages).map(async ([file, text]) => [
    file,
    await format(text, file.endsWith('.json') ? 'json' : 'markdown'),
  ]);
  return {
    ...Object.fromEntries(await Promise.all(formatted)),
    ...(await renderOverhead(result)),
    ...(await dashboardFiles()),
    ...(await alertFiles()),
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const files = await renderDocs(await import('../dist/metrics/index.js'));
  for (const [file, text] of Object.entries(files)) writeFileSync(new URL(file, root), text);
}
