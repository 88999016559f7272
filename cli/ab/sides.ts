/** The flags of each side, which are those of `lab run`, as configurations. */
import { Command, CommanderError } from 'commander';
import { DEFAULT_CONFIG, type RunConfig } from '../../bench/config.js';
import { LabError } from '../../src/errors.js';
import { nearest } from '../../src/options/suggest.js';
import { quoted } from '../../src/options/values.js';
import { inFlags } from '../args/flag-words.js';
import { valueOption } from '../args/options.js';
import { runConfig, runFlags } from '../args/run-config.js';
import { longName } from '../args/run-flag.js';
import { shellWords } from './shell-words.js';

/** Flags of a run that an A/B decides by itself. */
const DECIDED: ReadonlyMap<string, string> = new Map([
  ['--repeat', '--blocks says how often each cell is measured'],
  ['--ci', '--blocks says how often each cell is measured'],
  ['--ci-metric', '--blocks says how often each cell is measured'],
  ['--max-repeat', '--blocks says how often each cell is measured'],
  ['--ceiling', 'sides are set against each other, and not against a bare loop'],
]);

/** Windows are short and one cell is the matrix: many blocks of minutes would take hours. */
const BRIEF: Partial<RunConfig> = {
  durationsMs: [2_000],
  warmupMs: 500,
  codecs: [DEFAULT_CONFIG.codecs[0]!],
};
const ONE_TRANSPORT: Partial<RunConfig> = { transports: [DEFAULT_CONFIG.transports[0]!] };

/**
 * @param both flags of both sides, which those of the side override
 * @throws what is wrong with them, in a message that says of which side
 */
export function sideConfig(side: string, flags: string, both: string): RunConfig {
  const shared = parsed('--both', both);
  const own = parsed(side, flags);
  try {
    const isOurs = [...shared, ...own].every(({ server }) => server?.kind !== 'target');
    return runConfig(own, [BRIEF, ...(isOurs ? [ONE_TRANSPORT] : []), ...shared]);
  } catch (error) {
    throw ofSide(side, error);
  }
}

/** The same error, which says of which side it is, or that it is of both. */
export function ofSide(side: string, error: unknown): LabError {
  const { code, message, hint, ...members } = inFlags(LabError.from(error)).toJSON();
  return new LabError(code, `${side}: ${message}`, {
    ...members,
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/**
 * What commander would have refused, had it not to take flags of a side for arguments.
 * @throws LAB_ERR_USAGE for an option that neither has, and for more than two sides
 */
export function checkArms(args: readonly string[], { options }: Command): void {
  const ofRun = runFlags().flatMap(({ flags }) => flags.match(/(?<![\w-])--?[\w-]+/g) ?? []);
  for (const arg of args) {
    const [name = ''] = arg.split('=');
    if (!/^-[^\s]*$/.test(arg) || ofRun.includes(name)) continue;
    const own = options.flatMap(({ long }) => (long == null ? [] : [long]));
    const guess = nearest(name, own);
    throw new LabError('LAB_ERR_USAGE', `unknown option '${arg}'`, {
      hint: guess === undefined ? 'see lab ab --help' : `did you mean ${guess}?`,
    });
  }
  if (args.length <= 2) return;
  const flag = args.slice(2).find((arg) => arg.startsWith('-'));
  throw new LabError('LAB_ERR_USAGE', `an A/B has two sides, and ${args.length} are given`, {
    hint:
      flag === undefined
        ? "the flags of a side are one argument: lab ab '--flush 0' '--flush 10ms'"
        : `flags of both sides are one argument too: --both '${flag} …'`,
  });
}

/** @throws what is wrong with them, in a message that begins with `where` */
function parsed(where: string, text: string): Partial<RunConfig>[] {
  try {
    return partsOf(shellWords(text));
  } catch (error) {
    throw ofSide(where, error);
  }
}

function partsOf(words: readonly string[]): Partial<RunConfig>[] {
  const command = new Command('run')
    .exitOverride()
    .helpOption(false)
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .configureOutput({ outputError: () => {}, writeErr: () => {}, writeOut: () => {} });
  const keys: string[] = [];
  for (const { flags, about, parse } of runFlags()) {
    const option = valueOption(flags, about, parse);
    keys.push(option.attributeName());
    command.addOption(option);
  }
  try {
    command.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw usageError(error, command.args[0] ?? '');
  }
  refuseDecided(command);
  const options = command.opts<Readonly<Record<string, Partial<RunConfig> | undefined>>>();
  return keys.map((key) => options[key]).filter((part) => part !== undefined);
}

function refuseDecided(command: Command): void {
  for (const option of command.options) {
    const name = longName(option);
    const why = DECIDED.get(name);
    if (why === undefined || command.getOptionValueSource(option.attributeName()) !== 'cli')
      continue;
    throw new LabError('LAB_ERR_NO_EFFECT', `${name} has no effect in an A/B: ${why}`, {
      hint: `leave ${name} out`,
    });
  }
}

/** @param word the first that is no flag and no value of one */
function usageError(error: CommanderError, word: string): LabError {
  if (error.code === 'commander.excessArguments') {
    return new LabError('LAB_ERR_USAGE', `${quoted(word)} is no flag and no value of one`, {
      hint: "flags are those of lab run: '-t tcp -c 100'",
      cause: error,
    });
  }
  const [, message = error.message, guess] =
    /^(?:error: )?(.*?)(?:\n\(Did you mean (.*)\?\))?$/s.exec(error.message) ?? [];
  const hint =
    guess === undefined
      ? 'flags are those of lab run that say what is measured: lab run --help'
      : `did you mean ${guess}?`;
  return new LabError('LAB_ERR_USAGE', message.replace(/\.$/, ''), { hint, cause: error });
}
