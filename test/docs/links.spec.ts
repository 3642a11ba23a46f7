import { describe, expect, it } from 'vitest';
import {
  anchorsOf,
  brokenLinks,
  checkLinks,
  linksOf,
  pagesNamedIn,
  problemsOf,
} from '../../scripts/check-links.mjs';

const CHECKOUT: Readonly<Record<string, string>> = {
  'README.md': '[guide](docs/a.md#twice-used) [source](lib/a.ts)\n',
  'docs/a.md':
    '# A\n\n## `twice` used\n\n## Twice used\n\n<a id="by-hand"></a>\n[up](../README.md)',
  'lib/a.ts': "const page = 'docs/a.md#a';",
};
const placeOf = (...files: string[]) => ({
  files: new Set(files),
  read: (file: string) => CHECKOUT[file] ?? '',
});
const checkout = placeOf(...Object.keys(CHECKOUT));

describe('the link check', () => {
  it('The link check finds links in prose and skips code, comments and addresses', () => {
    const page =
      '[a](a.md#x) [t](t.md "title") ![i](i.svg) `[b](b.md)` <img alt="" src="c.svg"> [d](https://d.example)\n' +
      '```\n[e](e.md)\n```\n<!-- [f](f.md) -->\n- item\n\n  ```sh\n  [g](g.md)\n  ```\n\n[h]: h.md\n';
    expect(linksOf(page)).toEqual(['a.md#x', 't.md', 'i.svg', 'c.svg', 'h.md']);
  });

  it('The link check numbers the anchors of headings that are alike', () => {
    expect(anchorsOf(CHECKOUT['docs/a.md'] ?? '')).toEqual([
      'a',
      'twice-used',
      'twice-used-1',
      'by-hand',
    ]);
  });

  it.each([
    ['a link to a missing file', '[b](docs/b.md)', ['README.md: docs/b.md']],
    ['a link out of the project', '[b](../docs/a.md)', ['README.md: ../docs/a.md']],
    ['a link from the root of a server', '[a](/docs/a.md)', ['README.md: /docs/a.md']],
    ['a link that cannot be decoded', '[a](docs/%E0.md)', ['README.md: docs/%E0.md']],
    ['a missing anchor of another page', '[a](docs/a.md#b)', ['README.md: docs/a.md#b']],
    ['a missing anchor of the same page', '[a](#b)', ['README.md: #b']],
    ['no link to an anchor that exists', '[a](docs/a.md#twice-used-1) [h](docs/a.md#by-hand)', []],
    ['no link to a folder that exists', '[a](docs)', []],
  ])('The link check reports %s', (_name, page, broken) => {
    expect(brokenLinks('README.md', page, checkout)).toEqual(broken);
  });

  it('The link check accepts a link that leads somewhere in the checkout and reports it where the file is not packed', () => {
    expect(problemsOf(checkout, [])).toEqual([]);
    expect(problemsOf(placeOf('README.md', 'docs/a.md'), [])).toEqual(['README.md: lib/a.ts']);
  });

  it('The link check finds pages in strings and not in addresses', () => {
    const source = "'See docs/a.md.' // https://grafana.com/docs/tempo/b.md `docs/guides/c.md#d`";
    expect(pagesNamedIn(source)).toEqual(['docs/a.md', 'docs/guides/c.md#d']);
  });

  it.each([
    ['accepts a page that a message names', ['docs/a.md', 'README.md'], []],
    [
      'reports a page that a message names and the package leaves out',
      [],
      ['lib/a.ts: docs/a.md#a'],
    ],
  ])('The link check %s', (_name, packed, missing) => {
    expect(problemsOf(placeOf('README.md', 'lib/a.ts', ...packed), ['lib/a.ts'])).toEqual([
      ...(packed.length === 0 ? ['README.md: docs/a.md#twice-used'] : []),
      ...missing,
    ]);
  });

  it(
    'The documentation has no broken link in the checkout and in the packed package',
    { timeout: 180_000 },
    () => {
      expect(checkLinks()).toEqual([]);
    },
  );
});
