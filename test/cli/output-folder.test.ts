import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-output-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('an output directory', () => {
  it('is claimed by one process each, however many ask for the same name at once', async () => {
    const files = new URL('../../dist/cli/files/whole-files.js', import.meta.url).href;
    const script = `
      const { claimDirectory } = await import(${JSON.stringify(files)});
      process.stdin.once('data', () => {
        for (let i = 0; i < 50; i++) console.log(claimDirectory('-o', ${JSON.stringify(join(dir, 'out'))}, 'run'));
        process.exit();
      });
      console.log('ready');`;
    const claimers = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      return { child, said: () => said.trim().split('\n').slice(1), done: once(child, 'close') };
    });
    await Promise.all(claimers.map(({ child }) => once(child.stdout, 'data')));
    for (const { child } of claimers) child.stdin.write('go');
    await Promise.all(claimers.map(({ done }) => done));
    const claimed = claimers.flatMap(({ said }) => said());
    expect(claimed).toHaveLength(200);
    expect(new Set(claimed).size).toBe(200);
  });
});
