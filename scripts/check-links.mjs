// Checks that every relative link and anchor of the documentation, and every page that a message of the library names, exists in the
// checkout and in the packed package.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { anchorOf } from './docs/markdown.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Files that git knows or would add. */
function checkoutFiles() {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const output = execFileSync('git', listed, { cwd: root, encoding: 'utf8' });
  return output.split('\n').filter((it) => it !== '' && existsSync(join(root, it)));
}

/** Files that `npm pack` would pack, without running its scripts. */
function packedFiles() {
  const pack = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const output = execFileSync('npm', pack, { cwd: root, encoding: 'utf8' });
  return JSON.parse(output)[0].files.map(({ path }) => path);
}

const withoutCode = (page) =>
  page.replaceAll(/^ *(```+|~~~+)[^]*?^ *\1/gm, '').replaceAll(/<!--[^]*?-->/g, '');

/** Relative links of a page: links, images, HTML attributes and link definitions outside code. */
export function linksOf(page) {
  const prose = withoutCode(page).replaceAll(/`[^`\n]*`/g, '');
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^\n]*?["')])?\s*\)/g,
    /<(?:img|a)\b[^>]*?\s(?:src|href)="([^"]+)"/g,
    /^ {0,3}\[[^\]]+\]:\s+<?([^\s>]+)/gm,
  ];
  return patterns
    .flatMap((it) => [...prose.matchAll(it)].map(([, target]) => target))
    .filter((it) => !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(it));
}

/** Anchors of a page: one for each heading, numbered where headings are alike, and those set by hand. */
export function anchorsOf(page) {
  const prose = withoutCode(page);
  const seen = new Map();
  const headings = [...prose.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => {
    const anchor = anchorOf(heading.trim().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  const byHand = [...prose.matchAll(/<\w+[^>]*?\s(?:id|name)="([^"]+)"/g)];
  return [...headings, ...byHand.map(([, anchor]) => anchor)];
}

/** Pages of the documentation that a source names in its strings, with their anchors. */
export function pagesNamedIn(source) {
  return [...source.matchAll(/(?<![\w/.-])docs\/[\w/-]+\.md(?:#[\w-]+)?/g)].map(([page]) => page);
}

function isBroken(link, file, { files, read }) {
  const [path, anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), decoded(path));
  const folder = target.endsWith('/') ? target : `${target}/`;
  const isFolder = target === '.' || [...files].some((it) => it.startsWith(folder));
  if (path.startsWith('/') || !(files.has(target) || isFolder)) return true;
  if (anchor === undefined || !target.endsWith('.md')) return false;
  return !anchorsOf(read(target)).includes(decoded(anchor));
}

function decoded(text) {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

/** Links of a page that lead nowhere among these files, each as `page: link`. */
export function brokenLinks(file, page, place) {
  return linksOf(page)
    .filter((it) => isBroken(it, file, place))
    .map((it) => `${file}: ${it}`);
}

/** Pages that a source names and these files do not have, each as `source: page`. */
export function missingPages(file, source, place) {
  return pagesNamedIn(source)
    .filter((it) => isBroken(it, '', place))
    .map((it) => `${file}: ${it}`);
}

/** Broken links of all pages of a place and missing pages of all sources of `lib`, wherever these are. */
export function problemsOf({ files, read }, sources) {
  const place = { files: new Set(files), read };
  const pages = [...files].filter((it) => it.endsWith('.md'));
  return [
    ...pages.flatMap((it) => brokenLinks(it, read(it), place)),
    ...sources.flatMap((it) => missingPages(it, read(it), place)),
  ];
}

/** Problems of the documentation in the checkout and in the packed package. */
export function checkLinks() {
  const read = (file) => readFileSync(join(root, file), 'utf8');
  const checkout = checkoutFiles();
  const sources = checkout.filter((it) => it.startsWith('lib/') && it.endsWith('.ts'));
  // Screenshots are left out of the package: a registry shows the README with those of the repository.
  const pictures = checkout.filter((it) => it.startsWith('docs/images/'));
  const packed = [...packedFiles(), ...pictures];
  return Object.entries({ checkout, package: packed }).flatMap(([place, files]) =>
    problemsOf({ files, read }, sources).map((it) => `${place}: ${it}`),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkLinks();
  for (const it of problems) console.error(it);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
