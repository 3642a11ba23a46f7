// Checks that every relative link and anchor of the documentation leads somewhere, in the checkout and in the packed package.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
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

/** The links of a page that lead to other files or to anchors. */
export function linksOf(page) {
  const prose = page.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  const found = [
    ...prose.matchAll(/\]\(([^)\s]+)\)/g),
    ...prose.matchAll(/<img[^>]+src="([^"]+)"/g),
  ];
  return found.map(([, target]) => target).filter((it) => !/^[a-z]+:/.test(it));
}

/** The anchors of a page: one for each heading, numbered where headings are alike. */
export function anchorsOf(page) {
  const headings = page.replaceAll(/^```[^]*?^```/gm, '').matchAll(/^#{1,6} +(.+)$/gm);
  const seen = new Map();
  return [...headings].map(([, heading]) => {
    const anchor = anchorOf(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** The links of a page that lead nowhere among these files, each as `page: link`. */
export function brokenLinks(file, page, { files, read }) {
  const broken = linksOf(page).filter((link) => {
    const [path, anchor] = link.split('#');
    const target = path === '' ? file : normalize(join(dirname(file), decodeURI(path)));
    const folder = target.endsWith('/') ? target : `${target}/`;
    const isThere = files.has(target) || [...files].some((it) => it.startsWith(folder));
    if (!isThere) return true;
    if (anchor === undefined || !target.endsWith('.md')) return false;
    return !anchorsOf(read(target)).includes(anchor);
  });
  return broken.map((link) => `${file}: ${link}`);
}

/** Every broken link of the documentation. */
export function checkLinks() {
  const read = (file) => readFileSync(join(root, file), 'utf8');
  const places = { checkout: checkoutFiles(), package: packedFiles() };
  return Object.entries(places).flatMap(([place, names]) => {
    const files = new Set(names);
    return names
      .filter((it) => it.endsWith('.md') && statSync(join(root, it)).isFile())
      .flatMap((it) => brokenLinks(it, read(it), { files, read }))
      .map((it) => `${place}: ${it}`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const broken = checkLinks();
  for (const it of broken) console.error(it);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
