import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesIn, literalsOf } from '../../../tools/house.js';

/** Members of an option table, which a command line reads its flags and help from. */
const OF_TABLES = ['flag', 'help'];

/** The flags that texts of a program name. */
function flagsIn(code: string): string[] {
  return literalsOf(code)
    .filter(({ member }) => !OF_TABLES.includes(member))
    .flatMap(({ text }) => text.match(/(?<![\w-])--[a-z][\w-]*/g) ?? []);
}

/**
 * What has flags in it that are not ours, or is a text of a result: commands for the user's shell,
 * what our processes are started with, and what verdicts, reasons and warnings advise.
 */
const WITH_COMMANDS = [
  'bench/cell/local.ts',
  'bench/compare/warnings.ts',
  'bench/figures/ceiling.ts',
  'bench/link/open-link.ts',
  'bench/link/requirements.ts',
  'bench/probe/baselines.ts',
  'bench/probe/doctor/checks.ts',
  'bench/probe/doctor/limits.ts',
  'bench/probe/environment.ts',
  'bench/probe/ping/failure.ts',
  'bench/verdict/cpu.ts',
  'bench/verdict/instrument.ts',
  'bench/verdict/rate.ts',
  'bench/verdict/target.ts',
  'bench/verdict/verdict.ts',
];

describe('a text of the library', () => {
  it.each([
    [`throw new Error('give a --rate');`, '--rate'],
    ['hint: `an \\`x\\` or --time-column`,', '--time-column'],
    [`{ hint: "it's --port",\n }`, '--port'],
    ['const text = `one\n--on-end loop`;', '--on-end'],
    [`columnNamed('--key-column', text)`, '--key-column'],
  ])('is found to name a flag: %s', (code, flag) => {
    expect(flagsIn(code)).toEqual([flag]);
  });

  it.each([
    `if ((char === '}' || char === ']') && --depth === 0) return '';`,
    `// as in lab run --rate 5\nconst a = 'b';`,
    `{ flag: '--symbols <n>',\n help:\n 'instead of --host' }`,
    `const QUOTE = /['"\`]/; --left; const b = 'c';`,
    `'a -- b'`,
  ])('is not taken for one that does: %s', (code) => {
    expect(flagsIn(code)).toEqual([]);
  });

  it('names options: who calls it never typed a flag', () => {
    const files = filesIn(['src', 'bench']).filter((file) => !WITH_COMMANDS.includes(file));
    const found = files.flatMap((file) =>
      flagsIn(readFileSync(file, 'utf8')).map((flag) => `${file}: ${flag}`),
    );
    expect(found).toEqual([]);
  });
});
