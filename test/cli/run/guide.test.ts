/**
 * Every command in the guide runs as it stands there, one after another, page by page. Only the
 * load is made small: fewer clients, a shorter window, one run.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { finish, lab, start } from '../../support/cli/lab.js';
import { fences, projectFiles, readProject } from '../../support/docs/docs.js';
import { labCommands } from '../../support/docs/shell.js';

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url));

/** What stands in place of the load of a page; what a command may say anyway. */
const SMALL: readonly (readonly [short: string, long: string, value: string])[] = [
  ['-c', '--clients', '2'],
  ['-r', '--rate', '50'],
  ['-d', '--duration', '200ms'],
  ['-w', '--warmup', '50ms'],
  ['', '--repeat', '1'],
];

/** Without these, a cell takes seconds of its own. */
const QUICK: Readonly<Record<string, readonly string[]>> = {
  micro: ['--time', '10ms'],
  ping: ['--count', '2'],
  ceiling: ['--clients', '2', '--duration', '200ms'],
};

/**
 * Exit codes that tell of the load or of this machine and not of the command: an INVALID cell, a
 * broken threshold, a machine that is not fit.
 */
const FINE: Readonly<Record<string, readonly number[]>> = {
  run: [0, 4, 99],
  compare: [0, 99],
  doctor: [0, 1],
};

function small([command = '', ...words]: readonly string[]): string[] {
  if (command !== 'run') return [command, ...words, ...(QUICK[command] ?? [])];
  const kept: string[] = [];
  const given = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const load = SMALL.find(([short, long]) => words[i] === short || words[i] === long);
    if (load === undefined) kept.push(words[i]!);
    else given.set(load[1], words[++i]!);
  }
  const scenario = kept.includes('--scenario') || kept.includes('--config');
  const target = kept.includes('--target');
  const load = SMALL.flatMap(([, long, value]) => {
    if (long === '--rate' && (target || given.get(long) === 'recorded')) {
      return given.has(long) ? [long, given.get(long)!] : [];
    }
    return scenario || given.has(long) || long !== '--rate' ? [long, value] : [];
  });
  const codec = kept.some((word) => ['-k', '--codec'].includes(word)) ? [] : ['--codec', 'msgpack'];
  return [command, ...kept, ...load, ...codec, ...(target ? [] : ['--skip-baselines'])];
}

async function listening(server: ChildProcess): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.stdout?.once('data', () => done());
    server.once('exit', (code) => fail(new Error(`lab serve ended with ${code}`)));
  });
}

describe('the guide', () => {
  const pages = projectFiles('docs/guide', '.md');

  it('has pages with commands', () => {
    expect(pages.length).toBe(5);
  });

  // Side by side: a run of so little load mostly waits.
  it.concurrent.each(pages)(
    'gives commands that run: %s',
    async (page) => {
      const commands = fences(readProject(page))
        .filter(({ info }) => info === 'sh')
        .flatMap(({ text }) => labCommands(text));
      expect(commands.length).toBeGreaterThan(3);
      const cwd = mkdtempSync(join(tmpdir(), 'lab-guide-'));
      symlinkSync(EXAMPLES, join(cwd, 'examples'));
      for (const { info, text } of fences(readProject(page)))
        if (info === 'yaml') writeFileSync(join(cwd, 'lab.yaml'), text);
      const servers: ChildProcess[] = [];
      try {
        for (const words of commands) {
          if (words[0] === 'serve') {
            servers.push(start(words, { cwd }));
            await listening(servers.at(-1)!);
            continue;
          }
          const { code, stderr } = await lab(small(words), { cwd });
          expect(FINE[words[0]!] ?? [0], `${words.join(' ')}\n${stderr}`).toContain(code);
        }
      } finally {
        for (const server of servers) {
          const ended = finish(server);
          server.kill('SIGTERM');
          await ended;
        }
        rmSync(cwd, { recursive: true, force: true });
      }
    },
    240_000,
  );
});
