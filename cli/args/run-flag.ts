/** What a flag of `lab run` is, and how the rows that need no words of their own are made. Pure. */
import type { RunConfig } from '../../bench/config.js';
import { parseInteger, type Range } from '../../src/options/values.js';
import { type OptionFlag, optionText, parsedOption } from './option-flags.js';

export interface RunFlag {
  /** As commander wants it: `-t, --transport <list>`; without `<…>` it takes no value. */
  readonly flags: string;
  readonly about: string;
  /** What the text says, for the flag as it is spelled in messages. */
  readonly parse: (text: string, flag: string) => Partial<RunConfig>;
  /**
   * The text that gives this configuration, empty for a flag without a value; null when no text is
   * needed.
   */
  readonly show: (config: RunConfig) => string | null;
}

export function integerFlag(
  flags: string,
  about: string,
  key: 'seed' | 'port' | 'shards' | 'subscriberProcesses',
  range: Range,
): RunFlag {
  return {
    flags,
    about,
    parse: (text, flag) => ({ [key]: parseInteger(flag, text, range) }),
    show: (config) => String(config[key]),
  };
}

/** A row of an option table. */
export function flagOf(flag: OptionFlag): RunFlag {
  return {
    flags: flag.row.flag,
    about: flag.row.help,
    parse: (text, label) => parsedOption(flag, text, label),
    show: (config) => optionText(flag, config),
  };
}

/** `--clients` */
export function longName({ flags }: { readonly flags: string }): string {
  return /--[\w-]+/.exec(flags)![0];
}
