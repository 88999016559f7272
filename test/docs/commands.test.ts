import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../../bench/config.js';
import { runConfig } from '../../cli/args/run-config.js';
import { buildProgram } from '../../cli/program.js';
import { type OutputOptions, planOutput } from '../../cli/run/output-plan.js';
import { fences, inlineCode, projectFiles, readProject } from '../support/docs/docs.js';
import { labCommands } from '../support/docs/shell.js';

const FILES = [
  'README.md',
  ...projectFiles('docs', '.md'),
  'examples/README.md',
  'examples/data/README.md',
];

/**
 * Commands in sentences. `lab report` alone is a name, and `lab run …` an outline: no command line
 * either.
 */
function inlineCommands(markdown: string): string[][] {
  const commands = inlineCode(markdown).flatMap(labCommands);
  return commands.map((words) =>
    words.length === 1 || words.includes('…') ? ['help', words[0]!] : words,
  );
}

/** The program with every action replaced: nothing is run, and what was parsed is handed over. */
async function stubbed(
  argv: readonly string[],
  onParsed: (command: Command) => void,
): Promise<Command> {
  const program = await buildProgram(argv, () => {});
  for (const command of program.commands) command.action(() => onParsed(command));
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  }
  return program;
}

/** Throws what the command line would answer with exit code 2 before it looks at the machine. */
async function parse(argv: readonly string[]): Promise<void> {
  let parsed: Command | undefined;
  const program = await stubbed(argv, (command) => {
    parsed = command;
  });
  const [first, topic] = argv;
  if (first === 'help' && topic !== undefined) {
    expect(program.commands.map((command) => command.name())).toContain(topic);
    return;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // Help and version end the program well.
    if ((error as { exitCode?: number }).exitCode !== 0) throw error;
  }
  if (parsed?.name() !== 'run') return;
  const options: Readonly<Record<string, unknown>> = parsed.opts();
  const parts = Object.values(options).filter((value) => typeof value === 'object');
  runConfig(parts as Partial<RunConfig>[]);
  planOutput(options as unknown as OutputOptions);
}

/** Every flag of every command, short and long. */
async function allFlags(): Promise<Set<string>> {
  const program = await stubbed([], () => {});
  const options = [program, ...program.commands].flatMap((command) => [...command.options]);
  return new Set(
    ['-h', '--help', ...options.flatMap(({ short, long }) => [short, long])].filter(
      (f) => f !== undefined,
    ),
  );
}

const inFences = FILES.flatMap((file) =>
  fences(readProject(file)).flatMap(({ text }) =>
    labCommands(text).map((argv) => ({ file, argv })),
  ),
);
const inSentences = FILES.flatMap((file) =>
  inlineCommands(readProject(file))
    .filter((argv) => argv.length > 0)
    .map((argv) => ({ file, argv })),
);
const flags = FILES.flatMap((file) =>
  inlineCode(readProject(file))
    .filter((code) => /^(--[a-z]|-[a-zA-Z]\b)/.test(code))
    .map((code) => ({ file, flag: /^[\w-]+/.exec(code)![0] })),
);

const title = ({ file, argv }: { file: string; argv: readonly string[] }): string =>
  `${file}: lab ${argv.join(' ')}`;

describe('commands in the documentation', () => {
  it('are found', () => {
    expect(inFences.length).toBeGreaterThan(10);
  });

  it.each(
    [...inFences, ...inSentences].map((one): [string, readonly string[]] => [title(one), one.argv]),
  )('are understood by the command line: %s', async (_, argv) => {
    await expect(parse(argv)).resolves.toBeUndefined();
  });

  it.each(flags)('$file names a flag that exists: $flag', async ({ flag }) => {
    expect(await allFlags()).toContain(flag);
  });
});

describe('finding commands', () => {
  it.each([
    ['lab run -c 10,100  # note', [['run', '-c', '10,100']]],
    ["$ lab run --json | jq '.cells[] | {id}' > x.json", [['run', '--json']]],
    [
      'npm ci && npx lab ping ::1; lab report "a b"',
      [
        ['ping', '::1'],
        ['report', 'a b'],
      ],
    ],
    ['lab run \\\n  --rate 1k', [['run', '--rate', '1k']]],
    ['node bin/lab.js micro', [['micro']]],
    ['a laboratory, no lab', []],
  ])('in %j', (shell, expected) => {
    expect(labCommands(shell)).toEqual(expected);
  });

  it.each([
    'run --nonsense',
    'help nonsense',
    'run -c 0',
    'nonsense',
    'report',
    'run --speed 2',
    'run --json --json-stream',
  ])('a wrong one, lab %s, is refused', async (words) => {
    await expect(parse(words.split(' '))).rejects.toThrow();
  });

  it('a right one is not', async () => {
    await expect(
      parse(['run', '-t', 'udp', '--flush', '2ms', '--dry-run']),
    ).resolves.toBeUndefined();
    await expect(parse(['help', 'run'])).resolves.toBeUndefined();
  });
});
