/**
 * Every command in the guide runs as it stands there, one after another, page by page, in one
 * process for each page. The load is made small, and a run that only measures other cells than the
 * first of its page is planned and not measured: the tests beside this one measure such cells.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { finish, start } from '../../support/cli/lab.js';
import { fences, projectFiles, readProject } from '../../support/docs/docs.js';
import { labCommands } from '../../support/docs/shell.js';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url));
const MAIN = new URL('../../../dist/cli/main.js', import.meta.url).href;

/**
 * Runs one command after another, and tells the exit code of each. The folder that a page resumes
 * is that of the run before.
 */
const ONE_BY_ONE = `import { readdirSync, renameSync } from 'node:fs';
import { main } from ${JSON.stringify(MAIN)};
for (const argv of JSON.parse(process.argv[2])) {
  const resumed = argv[argv.indexOf('--resume') + 1];
  if (argv.includes('--resume'))
    renameSync('lab-results/' + readdirSync('lab-results')[0], resumed);
  process.stderr.write('\\nexit code ' + (await main(argv)) + '\\n');
}
`;

/** What stands in place of the load of a page, by flag and short flag. */
const LOAD: ReadonlyMap<string, readonly string[]> = new Map([
  ['-c', ['--clients', '2']],
  ['-r', ['--rate', '50']],
  ['-d', ['--duration', '100ms']],
  ['-w', ['--warmup', '20ms']],
  ['-t', ['--transport', 'tcp']],
  ['-k', ['--codec', 'msgpack']],
  ['', ['--repeat', '1']],
]);

/**
 * A run with one of these is measured: a later command reads what it leaves, or it goes somewhere.
 */
const MEASURED = /^--(target|export-json)$/;
const WITHOUT_LOAD = new Set(['--dry-run', '--print-config', '--resume']);

/** Without these, a command takes seconds of its own. */
const QUICK: Readonly<Record<string, readonly string[]>> = {
  micro: ['--time', '10ms'],
  ping: ['--count', '2'],
  ceiling: ['--clients', '2', '--duration', '200ms'],
};

/**
 * What tells of the load or of this machine and not of the command: an INVALID cell, a broken
 * threshold, a machine that is not fit.
 */
const FINE: Readonly<Record<string, RegExp>> = {
  run: /^exit code (0|4|99)$/m,
  compare: /^exit code (0|99)$|one side has no usable run/m,
  doctor: /^exit code [01]$/m,
};

/** The commands of a page with less load. */
function small(commands: readonly (readonly string[])[]): string[][] {
  let first = true;
  return commands.map(([command = '', ...words]) => {
    if (command === 'serve') return [command, ...valued(words, '--rate', '500')];
    if (command === 'record') return [command, ...valued(words, '--duration', '200ms')];
    if (command === 'choose')
      return [command, ...words, ...(words.includes('--dry-run') ? [] : ['--dry-run'])];
    if (command === 'ab') return [command, ...valued(words, '--lab-a', PROJECT), '--dry-run'];
    if (command !== 'run') return [command, ...words, ...(QUICK[command] ?? [])];
    if (words.some((word) => WITHOUT_LOAD.has(word))) return [command, ...words];
    const measured = first || words.some((word) => MEASURED.test(word));
    first = false;
    return measured
      ? [command, ...lessLoad(words), '--skip-baselines']
      : [command, ...words, '--dry-run'];
  });
}

function valued(words: readonly string[], flag: string, value: string): string[] {
  return words.map((word, i) => (words[i - 1] === flag ? value : word));
}

function lessLoad(words: readonly string[]): string[] {
  const target = words.includes('--target');
  const left = [...LOAD].filter(([, [flag]]) => !target || !TARGETS_OWN.has(flag!));
  const replaced = new Set(left.flatMap(([short, [flag]]) => [short, flag]));
  const kept = words.filter((word, i) => !replaced.has(word) && !replaced.has(words[i - 1] ?? ' '));
  return [...kept, ...left.flatMap(([, flag]) => flag)];
}

/** What a server that runs already says itself. */
const TARGETS_OWN = new Set(['--rate', '--transport']);

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

  it.each(pages)('gives commands that run: %s', async (page) => {
    const written = fences(readProject(page))
      .filter(({ info }) => info === 'sh')
      .flatMap(({ text }) => labCommands(text));
    expect(written.length).toBeGreaterThan(3);
    const commands = small(written);
    const cwd = mkdtempSync(join(tmpdir(), 'lab-guide-'));
    symlinkSync(EXAMPLES, join(cwd, 'examples'));
    writeFileSync(join(cwd, 'one-by-one.mjs'), ONE_BY_ONE);
    for (const { info, text } of fences(readProject(page)))
      if (info === 'yaml') writeFileSync(join(cwd, 'lab.yaml'), text);
    const servers = commands.filter(([command]) => command === 'serve');
    const others = commands.filter(([command]) => command !== 'serve');
    const serving = servers.map((words) => start(words, { cwd }));
    try {
      await Promise.all(serving.map(listening));
      const all = spawn(process.execPath, ['one-by-one.mjs', JSON.stringify(others)], { cwd });
      all.stdin.end();
      const { stderr } = await finish(all);
      const said = stderr.split(/(?<=^exit code \d+\n)/m);
      others.forEach((words, i) => {
        expect(said[i], words.join(' ')).toMatch(FINE[words[0]!] ?? /^exit code 0$/m);
      });
    } finally {
      for (const server of serving) {
        const ended = finish(server);
        server.kill('SIGTERM');
        await ended;
      }
      rmSync(cwd, { recursive: true, force: true });
    }
  });
});
