// docs/reference/errors.md: every error code.
import { posix } from 'node:path';
import { loadSource } from './library.mjs';
import { code, table } from './markdown.mjs';

const PAGE = 'docs/reference/errors.md';

const pageLink = (page) => {
  if (page === PAGE) return '';
  return `[${posix.basename(page, '.md')}](${posix.relative(posix.dirname(PAGE), page)})`;
};

const codeTable = (codes) =>
  table(
    ['code', 'meaning', 'cause', 'remedy', 'page'],
    Object.entries(codes).map(([name, { meaning, cause, remedy, page }]) => [
      code(name),
      meaning,
      cause,
      remedy,
      pageLink(page),
    ]),
  );

/** The page. */
export async function errorsPage() {
  const { configurationCodes, projectionWaitCodes, traceStoreCodes, queryCodes } = await loadSource(
    'lib/kernel/errors/error-codes.ts',
  );
  const { faultCodes } = await loadSource('lib/kernel/errors/fault-codes.ts');
  return `# Error codes

\`npx observability explain CODE\` prints a row of this page.

## Configuration

A \`ConfigurationError\` stops the application while it starts; none is thrown while it serves. \`code\` is stable and meant for
comparison. \`problems\` lists every problem found, each with \`subject\`, \`value\`, \`rule\` and \`remedy\`. The last line
of the message names a page of this documentation, which is in the package: \`node_modules/@eventcore/nestjs-observability/docs\`.

${codeTable(configurationCodes)}

## Faults at run time

A fault of the library never reaches a handler. It is counted in \`eventcore_observability_errors_total\`, logged at most
once a minute for each component, and part of \`diagnose().faults\`. The log line and the diagnosis contain code, cause
and remedy.

${codeTable(faultCodes)}

## Waiting for a projection

\`ProjectionStatus.waitFor()\` rejects with a \`ProjectionWaitError\`.

${codeTable(projectionWaitCodes)}

## Trace stores

A \`TraceStore\` never throws. It answers \`{ ok: false, error }\` with a \`TraceStoreError\`.

${codeTable(traceStoreCodes)}

## Queries

A query in PromQL rejects with a \`QueryError\`. \`detail\` is the text that the HTTP API answers.

${codeTable(queryCodes)}
`;
}
