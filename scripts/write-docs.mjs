// Writes what the documentation takes from the code; `npm run docs` runs it, and a test fails when it is due.
import { readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';
import { renderOverhead, RESULT, shortTable } from './overhead/page.mjs';

const root = new URL('..', import.meta.url);

/** The files that hold generated text, as they should be. */
export async function renderDocs({ catalogue, configurationErrorCodes, traceStoreErrorCodes }) {
  const result = JSON.parse(readFileSync(RESULT, 'utf8'));
  let readme = readFileSync(new URL('README.md', root), 'utf8');
  readme = replacePart(readme, 'metrics', metricTable(catalogue));
  readme = replacePart(readme, 'overhead', shortTable(result));
  return {
    'README.md': await format(readme),
    'docs/errors.md': await format(errorPage(configurationErrorCodes, traceStoreErrorCodes)),
    ...(await renderOverhead(result)),
  };
}

function replacePart(page, part, text) {
  return page.replace(
    new RegExp(`(<!-- ${part}:begin -->\n)[^]*(<!-- ${part}:end -->)`),
    (_, begin, end) => `${begin}\n${text}\n\n${end}`,
  );
}

function metricTable(catalogue) {
  const rows = catalogue
    .flatMap(({ metrics }) => metrics)
    .map(
      ({ name, type, aggregation, labels = [], help }) =>
        `| \`${name}\` | ${aggregation ? `${type} (${aggregation})` : type} | ${labels.map((it) => `\`${it}\``).join(', ')} | ${help.replaceAll(/__\w+__/g, '`$&`')} |`,
    );
  return [
    '| metric | type | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    'In parentheses: how the gauges of several workers or threads become one.',
  ].join('\n');
}

function codeTable(codes) {
  const rows = Object.entries(codes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return ['| code | meaning |', '| --- | --- |', ...rows].join('\n');
}

function errorPage(configurationCodes, storeCodes) {
  return `# Error codes

Wrong configuration stops the start with a \`ConfigurationError\`. Its \`code\` is one of these; its \`problems\` name the subject, the
value, the rule and the remedy.

${codeTable(configurationCodes)}

A \`TraceStore\` never throws: what it cannot answer is \`{ ok: false, error }\` with a \`TraceStoreError\`, whose \`code\` is one of
these.

${codeTable(storeCodes)}
`;
}

async function format(text) {
  const config = JSON.parse(readFileSync(new URL('.prettierrc.json', root), 'utf8'));
  return prettier.format(text, { ...config, parser: 'markdown' });
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { traceStoreErrorCodes } = await import('../dist/tracing/index.js');
  const files = await renderDocs({ ...(await import('../dist/index.js')), traceStoreErrorCodes });
  for (const [file, text] of Object.entries(files)) writeFileSync(new URL(file, root), text);
}
