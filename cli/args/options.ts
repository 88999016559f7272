import { Option } from 'commander';
import { LabError } from '../../src/errors.js';

/** How a command hands back its exit code. */
export type Finish = (code: number) => void;

/**
 * An option with a value, or without one when `flags` names none: then `parse` gets an empty text.
 * Given twice it is an error: silently taking one of two values is no way to configure a
 * measurement. `parse` gets the text and the flag as messages spell it: `-c/--clients`.
 * @throws LAB_ERR_USAGE, and what `parse` throws
 */
export function valueOption<T>(
  flags: string,
  about: string,
  parse: (text: string, flag: string) => T,
): Option {
  const option = new Option(flags, about);
  if (!flags.includes('<')) option.preset('');
  const flag = [option.short, option.long].filter((name) => name !== undefined).join('/');
  return option.argParser((text: string, previous: T | undefined): T => {
    if (previous === undefined) return parse(text, flag);
    throw new LabError('LAB_ERR_USAGE', `${flag} is given twice`, {
      hint: 'give it once; values of a list are separated by commas',
    });
  });
}
