/** Rows of option tables by the kind of their values. */
import { oneOf, whole } from '../core/options.js';
import type { CommandOption, OptionValue } from './option.js';
import { bytesText, durationText } from './value-text.js';
import { parseBytes, parseDuration, parseInteger, parseName, type Range } from './values.js';

/** A row without what its kind says. */
type Row = Omit<CommandOption, 'schema' | 'parse' | 'show'> &
  Partial<Pick<CommandOption, 'schema'>>;

const asText = (value: OptionValue): string => String(value);

export function integerOption(row: Row, range: Range): CommandOption {
  return {
    schema: whole(range.min, range.max),
    ...row,
    parse: (text, label) => parseInteger(label, text, range),
    show: asText,
  };
}

/** Bytes, with k and M. */
export function bytesOption(row: Row, range: Range): CommandOption {
  return {
    schema: whole(range.min, range.max),
    ...row,
    parse: (text, label) => parseBytes(label, text, range),
    show: (value) => bytesText(value as number),
  };
}

/** Milliseconds. */
export function durationOption(row: Row, range: Range): CommandOption {
  return {
    schema: whole(range.min, range.max),
    ...row,
    parse: (text, label) => parseDuration(label, text, range),
    show: (value) => durationText(value as number),
  };
}

/** One of some names. */
export function nameOption(row: Row, names: readonly string[]): CommandOption {
  return {
    schema: oneOf(names),
    ...row,
    parse: (text, label) => parseName(label, text, names, 'LAB_ERR_BAD_VALUE'),
    show: asText,
  };
}

/** A text with a check of its own. */
export function textOption(
  row: Omit<CommandOption, 'show' | 'parse'>,
  parse: (label: string, text: string) => string,
): CommandOption {
  return { ...row, parse: (text, label) => parse(label, text), show: asText };
}
