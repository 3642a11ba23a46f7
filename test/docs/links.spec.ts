import { describe, expect, it } from 'vitest';
import { anchorsOf, brokenLinks, checkLinks, linksOf } from '../../scripts/check-links.mjs';

const PAGES: Readonly<Record<string, string>> = {
  'docs/a.md': '# A\n\n## `twice` used\n\n## Twice used\n',
};
const place = { files: new Set(Object.keys(PAGES)), read: (file: string) => PAGES[file] ?? '' };

describe('the link check', () => {
  it('finds links in prose and skips code and addresses', () => {
    const page =
      '[a](a.md#x) `[b](b.md)` <img src="c.svg"> [d](https://d.example)\n```\n[e](e.md)\n```\n';
    expect(linksOf(page)).toEqual(['a.md#x', 'c.svg']);
  });

  it('numbers the anchors of headings that are alike', () => {
    expect(anchorsOf(PAGES['docs/a.md'] ?? '')).toEqual(['a', 'twice-used', 'twice-used-1']);
  });

  it.each([
    ['a missing file', '[b](docs/b.md)', ['README.md: docs/b.md']],
    ['a missing anchor', '[a](docs/a.md#b)', ['README.md: docs/a.md#b']],
    ['an anchor that exists', '[a](docs/a.md#twice-used-1)', []],
    ['a folder that exists', '[a](docs)', []],
  ])('reports %s correctly', (_name, page, broken) => {
    expect(brokenLinks('README.md', page, place)).toEqual(broken);
  });

  it('finds no broken link in the checkout or in the packed package', { timeout: 60_000 }, () => {
    expect(checkLinks()).toEqual([]);
  });
});
