/** Every link between pages leads somewhere, and every page that the code names is there. */
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allPages, existsInProject, projectFiles, readProject } from '../support/docs/docs.js';

const PAGES = allPages();

interface Link {
  readonly page: string;
  readonly target: string;
}

/** Relative links and images of a page, outside of code. */
function linksOf(page: string): Link[] {
  const text = readProject(page)
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, 'code');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => ({ page, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** Anchors as GitHub makes them of headings: lower case, no punctuation, hyphens for spaces. */
function anchorsOf(page: string): Set<string> {
  const text = readProject(page).replaceAll(/^```.*?^```$/gms, '');
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, title = ''] of text.matchAll(/^#+ (.*)$/gm)) {
    const plain = title
      .replaceAll(/\]\([^)]*\)/g, ']')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const times = seen.get(plain) ?? 0;
    seen.set(plain, times + 1);
    anchors.add(times === 0 ? plain : `${plain}-${times}`);
  }
  return anchors;
}

/** What is wrong with a link; undefined when it resolves. */
function problem({ page, target }: Link): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : posix.normalize(posix.join(posix.dirname(page), path));
  if (!existsInProject(file)) return `${page}: ${target}: there is not such a file`;
  if (anchor === undefined || anchorsOf(file).has(anchor)) return undefined;
  return `${page}: ${target}: there is not such a heading`;
}

/** `folder/*.svg` */
function globbed(pattern: string, path: string): boolean {
  const [before = '', after] = pattern.split('*');
  return after !== undefined && path.startsWith(before) && path.endsWith(after);
}

describe('links', () => {
  it('are found on every page of the documentation', () => {
    expect(PAGES.length).toBeGreaterThan(15);
    expect(PAGES.flatMap(linksOf).length).toBeGreaterThan(100);
  });

  it.each(PAGES)('of %s lead to a file and a heading that are there', (page) => {
    expect(
      linksOf(page)
        .map(problem)
        .filter((one) => one !== undefined),
    ).toEqual([]);
  });

  it('to a file or a heading that is missing are found', () => {
    expect(problem({ page: 'README.md', target: 'docs/none.md' })).toContain('such a file');
    expect(problem({ page: 'README.md', target: '#none' })).toContain('such a heading');
    expect(problem({ page: 'README.md', target: 'LICENSE' })).toBeUndefined();
  });
});

describe('README.md in the published package', () => {
  const { files } = JSON.parse(readProject('package.json')) as { readonly files: string[] };
  /** npm adds these by itself. */
  const packed = [...files, 'LICENSE', 'README.md', 'package.json'];

  it.each(linksOf('README.md'))('has a link that leads into it: $target', ({ target }) => {
    const path = posix.normalize(target.split('#')[0]!);
    expect(
      packed.some((one) => path === one || path.startsWith(`${one}/`) || globbed(one, path)),
    ).toBe(true);
  });

  it('fits on one screen', () => {
    expect(readProject('README.md').split('\n').length).toBeLessThanOrEqual(60);
  });
});

describe('a page that code or a message names', () => {
  const files = ['src', 'bench', 'cli', 'reports', 'tools', 'examples', 'test'].flatMap((folder) =>
    ['.ts', '.mjs', '.yaml'].flatMap((ending) => projectFiles(folder, ending)),
  );

  it('is there', () => {
    const named = files
      .filter((file) => file !== 'test/docs/links.test.ts')
      .flatMap((file) =>
        [...readProject(file).matchAll(/(?<![\w/.-])docs\/[\w/-]+\.md/g)].map(([page]) => ({
          file,
          page,
        })),
      );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ page }) => !existsInProject(page))).toEqual([]);
  });
});
