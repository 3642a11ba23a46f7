// docs/reference/entries.md: the entries of the package and what each exports.
import { anchorOf, code, table } from './markdown.mjs';
import { firstSentence } from './public-api.mjs';

const KINDS = [
  ['class', 'Classes'],
  ['function', 'Functions and decorators'],
  ['value', 'Values'],
  ['type', 'Types'],
];

/** The page. */
export function entriesPage(api) {
  const rows = api.map(({ specifier, header, exports }) => [
    `[${code(specifier)}](#${anchorOf(specifier)})`,
    header,
    exports.length,
  ]);
  return `# Entries

An entry that is not imported costs nothing at start-up. All of them are ES modules that CommonJS applications can \`require\`.

${table(['entry', 'contents', 'exports'], rows)}

${api.map(section).join('\n\n')}
`;
}

function section({ specifier, header, exports }) {
  const groups = KINDS.flatMap(([kind, title]) => {
    const found = exports.filter((it) => it.kind === kind);
    if (found.length === 0) return [];
    const lines = found
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
      .map(({ name, text }) => `- ${code(name)}: ${firstSentence(text)}`);
    return [`**${title}**\n\n${lines.join('\n')}`];
  });
  return `## ${specifier}\n\n${[header, ...groups].join('\n\n')}`;
}
