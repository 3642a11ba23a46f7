// docs/reference/errors.md: every error code.
import { code, table } from './markdown.mjs';

const codeTable = (codes) =>
  table(
    ['code', 'meaning'],
    Object.entries(codes).map(([name, meaning]) => [code(name), meaning]),
  );

/** The page. */
export function errorsPage({
  configurationErrorCodes,
  projectionWaitErrorCodes,
  traceStoreErrorCodes,
}) {
  return `# Error codes

## Configuration

A \`ConfigurationError\` stops the application while it starts; none is thrown while it serves. \`code\` is stable and meant for
comparison. \`problems\` lists every problem found, each with \`subject\`, \`value\`, \`rule\` and \`remedy\`.

${codeTable(configurationErrorCodes)}

## Waiting for a projection

\`ProjectionStatus.waitFor()\` rejects with a \`ProjectionWaitError\`.

${codeTable(projectionWaitErrorCodes)}

## Trace stores

A \`TraceStore\` never throws. It answers \`{ ok: false, error }\` with a \`TraceStoreError\`.

${codeTable(traceStoreErrorCodes)}
`;
}
