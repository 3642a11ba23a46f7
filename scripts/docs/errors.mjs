// docs/reference/errors.md: every error code.
import { posix } from 'node:path';
import { loadSource } from './library.mjs';
import { code, table } from './markdown.mjs';

const PAGE = 'docs/reference/errors.md';

const codeTable = (codes) =>
  table(
    ['code', 'meaning'],
    Object.entries(codes).map(([name, meaning]) => [code(name), meaning]),
  );

/** Codes of configuration errors with the page that a message names. */
async function configurationTable(codes) {
  const { configurationErrorPages } = await loadSource('lib/kernel/configuration-error.ts');
  const rows = Object.entries(codes).map(([name, meaning]) => {
    const page = configurationErrorPages[name];
    const path = posix.relative(posix.dirname(PAGE), page);
    return [code(name), meaning, page === PAGE ? '' : `[${posix.basename(page, '.md')}](${path})`];
  });
  return table(['code', 'meaning', 'page'], rows);
}

/** The page. */
export async function errorsPage({
  configurationErrorCodes,
  projectionWaitErrorCodes,
  traceStoreErrorCodes,
}) {
  return `# Error codes

## Configuration

A \`ConfigurationError\` stops the application while it starts; none is thrown while it serves. \`code\` is stable and meant for
comparison. \`problems\` lists every problem found, each with \`subject\`, \`value\`, \`rule\` and \`remedy\`. The last line
of the message names a page of this documentation, which is in the package: \`node_modules/@eventcore/nestjs-observability/docs\`.

${await configurationTable(configurationErrorCodes)}

## Waiting for a projection

\`ProjectionStatus.waitFor()\` rejects with a \`ProjectionWaitError\`.

${codeTable(projectionWaitErrorCodes)}

## Trace stores

A \`TraceStore\` never throws. It answers \`{ ok: false, error }\` with a \`TraceStoreError\`.

${codeTable(traceStoreErrorCodes)}
`;
}
