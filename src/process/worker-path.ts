import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LabError } from '../errors.js';

/**
 * Path of a worker script to fork, given relative to the build (`'bench/probe/echo/worker.js'`). A
 * worker always runs as built JavaScript, because Node 20 strips no types: from a `.ts` (under
 * vitest) this leads to `dist/`.
 * @throws LAB_ERR_INTERNAL when the build is missing
 */
export function workerPath(relativeToDist: string): string {
  const dist = import.meta.url.endsWith('.ts') ? '../../dist/' : '../../';
  const path = fileURLToPath(new URL(dist + relativeToDist, import.meta.url));
  if (!existsSync(path)) {
    throw new LabError('LAB_ERR_INTERNAL', `the worker script ${path} does not exist`, {
      hint: 'Build the lab first: npm run build',
    });
  }
  return path;
}
