// Writes what the documentation takes from the code; `npm run docs` runs it, and a test fails when it is due.
import { readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';

const root = new URL('..', import.meta.url);

/** The files that hold generated text, as they should be. */
export async function renderDocs({ catalogue, configurationErrorCodes, traceStoreErrorCodes }) {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  return {
    'README.md': await format(replaceMetrics(readme, metricTable(catalogue))),
    'docs/errors.md': await format(errorPage(configurationErrorCodes, traceStoreErrorCodes)),
  };
}

function replaceMetrics(readme, table) {
  return readme.replace(
    /(<!-- metrics:begin -->\n)[^]*(<!-- metrics:end -->)/,
    (_, begin, end) => `${begin}\n${table}\n\n${end}`,
  );
}

function metricTable(catalogue) {
  const rows = catalogue
    .flatMap(({ metrics }) => metrics)
    .map(
      ({ name, type, labels = [], help }) =>
        `| \`${name}\` | ${type} | ${labels.map((it) => `\`${it}\``).join(', ')} | ${help} |`,
    );
  return ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
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
