import { readFileSync } from 'node:fs';

/** The version in package.json, which lies one level above the source and two above the build. */
export function labVersion(): string {
  const root = import.meta.url.endsWith('.ts') ? '../' : '../../';
  const manifest: unknown = JSON.parse(
    readFileSync(new URL(`${root}package.json`, import.meta.url), 'utf8'),
  );
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
