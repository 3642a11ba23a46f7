// Markdown for generated pages.
import { readFileSync } from 'node:fs';
import prettier from 'prettier';

const root = new URL('../..', import.meta.url);

/** A table with a row for each list of cells. */
export function table(heads, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A text as code. */
export function code(text) {
  return `\`${text}\``;
}

/** The anchor that GitHub and npm derive from a heading. */
export function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** Replaces the text between `<!-- part:begin -->` and `<!-- part:end -->`. */
export function replacePart(page, part, text) {
  const pattern = new RegExp(`(<!-- ${part}:begin -->\n)[^]*(<!-- ${part}:end -->)`);
  if (!pattern.test(page)) throw new Error(`The page has no markers for ${part}.`);
  return page.replace(pattern, (_, begin, end) => `${begin}\n${text}\n\n${end}`);
}

/** A text as prettier formats it. */
export async function format(text, parser = 'markdown') {
  const config = JSON.parse(readFileSync(new URL('.prettierrc.json', root), 'utf8'));
  return prettier.format(text, { ...config, parser });
}

function cell(text) {
  return String(text).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}
