/** docs/reference/options.md: flags, keys of a configuration file, options of the library. */
import type { Command, Option } from 'commander';
import { runFlags } from '../../cli/args/run-config.js';
import { serveFlags } from '../../cli/args/serve-config.js';
import { settingsOf } from '../../cli/config-file/flag-settings.js';
import { buildProgram } from '../../cli/program.js';
import { LabError } from '../../src/errors.js';
import { LIBRARY, libraryRows, members } from './library.js';
import { page, table, wrapped } from './markdown.js';

const INTRO = [
  'Every flag of every command, every key of a configuration file, every option of the library. `lab help run` prints the flags of a command with examples. A value that is not allowed is refused with [LAB_ERR_BAD_VALUE](errors.md#lab_err_bad_value) before anything begins, and so is a flag that is given twice.',
  '- Counts take `k` = 1000 and `M`, sizes in bytes take `k` = 1024, times take `us`, `ms`, `s` and `m`. A flag with `<list>` takes several values with commas between; lists multiply.',
  '- The last column of `lab run` and `lab serve` is the key of a [configuration file](../guide/scenarios.md#a-file-of-your-own), `lab serve` below `serve:`.',
];

const FILE_KEYS = table(
  ['key', 'value', 'meaning'],
  [
    ['the keys of `lab run`', 'as the flag takes it; a list may be a list', 'settings of a run'],
    ['`threshold`', 'list', 'as `--threshold`, each an element'],
    ['`scenarios`', 'map', 'named sets of the same keys; `--scenario NAME` chooses one'],
    ['`scenarios.NAME.description`', 'text', 'what the scenario stands for'],
    ['`serve`', 'map', 'the keys of `lab serve`; `lab run` leaves it alone'],
  ],
);

export async function optionsPage(): Promise<string> {
  const program = await buildProgram([], () => {});
  const keys = new Map<string, ReadonlySet<string>>([
    ['run', new Set(settingsOf(runFlags()).keys())],
    ['serve', new Set(settingsOf(serveFlags()).keys())],
  ]);
  const library = await Promise.all(
    LIBRARY.map(async (entry) => [
      `### ${entry.title}`,
      wrapped(entry.about),
      table(['option', 'type', 'allowed', 'meaning'], await libraryRows(entry)),
    ]),
  );
  return page('Options', 'the flag tables of cli/ and the option types of src/', [
    ...INTRO.map(wrapped),
    '## Flags of every command',
    table(['flag', 'meaning'], [...program.options, ...helpOption()].map(plainRow)),
    ...program.commands.flatMap((command) => commandText(command, keys.get(command.name()))),
    '## A configuration file',
    FILE_KEYS,
    '## The library',
    ...library.flat(),
  ]);
}

/** Interfaces that are not found, and options without a comment. */
export function optionsProblems(): string[] {
  return LIBRARY.flatMap(({ type }) => {
    const found = members(type);
    if (found.length === 0) return [`src/ has not an interface ${type} with members`];
    return found
      .filter(({ about }) => about === '')
      .map(({ name }) => `${type}.${name} has not a doc comment`);
  });
}

function commandText(command: Command, keys: ReadonlySet<string> | undefined): string[] {
  const usage = command.registeredArguments.map((argument) => {
    const text = argument.name() + (argument.variadic ? '…' : '');
    return argument.required ? `<${text}>` : `[${text}]`;
  });
  const takes = usage.length === 0 ? '' : ` Arguments: \`${usage.join(' ')}\`.`;
  const head = ['flag', 'allowed', 'meaning', ...(keys === undefined ? [] : ['file key'])];
  const rows = command.options.filter(isShown).map((option) => {
    const name = (option.long ?? '').replace(/^--/, '');
    const key = keys?.has(name) ? `\`${name}\`` : '';
    return [
      `\`${option.flags}\``,
      allowed(option),
      aboutOf(option),
      ...(keys === undefined ? [] : [key]),
    ];
  });
  return [
    `## lab ${command.name()}`,
    wrapped(`${capital(command.description())}.${takes}`),
    rows.length === 0 ? 'It has not a flag of its own.' : table(head, rows),
  ];
}

/** A flag that is only there to be refused is none. */
function isShown({ hidden }: Option): boolean {
  return !hidden;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function helpOption(): Pick<Option, 'flags' | 'description' | 'defaultValue'>[] {
  return [{ flags: '-h, --help', description: 'print the help', defaultValue: undefined }];
}

function plainRow(option: Pick<Option, 'flags' | 'description' | 'defaultValue'>): string[] {
  return [`\`${option.flags}\``, aboutOf(option)];
}

function aboutOf({
  description,
  defaultValue,
}: Pick<Option, 'description' | 'defaultValue'>): string {
  // Angle brackets would be taken for HTML.
  const about = description.replaceAll('<', '&lt;');
  const told = defaultValue === undefined || about.includes('(default');
  return told ? about : `${about} (default: ${String(defaultValue)})`;
}

/** Nothing that any flag takes, except a text of whatever kind. */
const PROBES = ['-1', '1e99', '99999999999999999999', '99999999999h', '\u0000'];

/** What a flag takes, as its own parser says when it is given what it does not take. */
function allowed(option: Option): string {
  if (option.argChoices !== undefined) return option.argChoices.join(', ');
  if (!option.flags.includes('<') || option.parseArg === undefined) return '';
  for (const probe of PROBES) {
    try {
      option.parseArg(probe, undefined);
    } catch (error) {
      const range = error instanceof LabError ? /^allowed: (.*)$/.exec(error.hint ?? '')?.[1] : '';
      if (range) return range;
    }
  }
  return '';
}
