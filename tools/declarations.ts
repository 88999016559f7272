/**
 * Runs after a build that is to be published: takes the type declarations out of `dist` that no
 * export of the package leads to. They are nine in ten, and nobody can import them.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';

const ENDING = '.d.ts';

/**
 * Declarations that the entries import, re-export or name in `import('…')`, themselves included.
 * Pure.
 * @param entries paths from the root of the package
 * @param read the text of a declaration
 */
export function declarationsFrom(
  entries: readonly string[],
  read: (path: string) => string,
): Set<string> {
  const reached = new Set<string>();
  const pending = [...entries];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const [, target = ''] of read(path).matchAll(/(?:\bfrom |\bimport\(?) ?['"](\.[^'"]+)/g))
      pending.push(posix.join(posix.dirname(path), target).replace(/\.js$/, ENDING));
  }
  return reached;
}

/** The declarations that the `exports` of a package.json name. Pure. */
export function declaredEntries(manifest: string): string[] {
  const { exports } = JSON.parse(manifest) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  return Object.values(exports)
    .filter((entry) => typeof entry === 'object')
    .map(({ types }) => posix.normalize(types));
}

function prune(): void {
  const entries = declaredEntries(readFileSync('package.json', 'utf8'));
  const kept = declarationsFrom(entries, (path) => readFileSync(path, 'utf8'));
  for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    const path = join('dist', name);
    if (name.endsWith(ENDING) && !kept.has(path.replaceAll('\\', '/'))) rmSync(path);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) prune();
