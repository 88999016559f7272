/**
 * Flags as settings of a configuration file: what may stand there, and what it means. Shared by the
 * commands that have one.
 */
import { z } from 'zod';
import { LabError } from '../../src/errors.js';
import { nearest } from '../../src/options/suggest.js';
import { longName } from '../args/run-flag.js';
import type { ConfigDocument, Path } from './document.js';

/** A flag that sets a part of the configuration `C`. */
export interface ConfigFlag<C> {
  /** As commander wants it: `-t, --transport <list>`; without `<…>` it takes no value. */
  readonly flags: string;
  /** What the text says, for the flag as it is spelled in messages. */
  readonly parse: (text: string, flag: string) => Partial<C>;
}

/** A setting and what the flag that it stands for makes of it. */
export interface Setting<C> {
  readonly kind: 'switch' | 'value' | 'list';
  readonly parse: ConfigFlag<C>['parse'];
}

/** Values as the flags take them; a list may be a comma list too. */
export type Value = string | boolean | readonly string[];
export type Values = Readonly<Record<string, Value>>;

/** Settings by the long names of the flags. */
export function settingsOf<C>(flags: readonly ConfigFlag<C>[]): ReadonlyMap<string, Setting<C>> {
  return new Map(
    flags.map((flag): [string, Setting<C>] => {
      const kind = flag.flags.endsWith('<list>')
        ? 'list'
        : flag.flags.includes('<')
          ? 'value'
          : 'switch';
      return [longName(flag).slice('--'.length), { kind, parse: flag.parse }];
    }),
  );
}

export const KINDS = {
  switch: z.boolean({ error: says('must be true or false') }),
  value: z.string({ error: says('must be a number or a text') }),
  list: z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z
      .array(z.string({ error: says('must be a number, a text or a list of them') }))
      .min(1, 'is empty'),
  ),
} as const satisfies Record<Setting<object>['kind'], z.ZodType>;

export const MAP = { error: says('must be a map: key: value, one a line') };

/** The members that an object of these settings may have. */
export function shapeOf(
  settings: ReadonlyMap<string, Pick<Setting<object>, 'kind'>>,
): Record<string, z.ZodType<Value | undefined>> {
  return Object.fromEntries(
    [...settings].map(([name, { kind }]) => [name, KINDS[kind].optional()]),
  );
}

export function says(
  problem: string,
): (issue: { readonly code?: string; readonly input?: unknown }) => string | undefined {
  return ({ code, input }) =>
    code === 'unrecognized_keys' ? undefined : input === null ? 'has no value' : problem;
}

/** @throws LAB_ERR_BAD_VALUE, LAB_ERR_UNKNOWN_*, with the place */
export function readSetting<C extends object>(
  document: ConfigDocument,
  path: Path,
  { parse }: Setting<C>,
  value: Value,
  defaults: C,
): Partial<C> {
  const read = (at: Path, text: string): Partial<C> =>
    located(document, at, (label) => parse(text, label));
  if (typeof value === 'string') return read(path, value);
  if (typeof value === 'boolean')
    return value ? read(path, '') : withDefaults(read(path, ''), defaults);
  // Each by itself first: its own place says more than that of the list.
  if (value.length > 1) for (const [i, item] of value.entries()) read([...path, i], item);
  return read(path, value.join(','));
}

/** A switch that is off: as it is without the flag. */
function withDefaults<C extends object>(part: Partial<C>, defaults: C): Partial<C> {
  const names = Object.keys(part) as (keyof C)[];
  const off: Partial<C> = {};
  for (const name of names) off[name] = defaults[name];
  return off;
}

/** Runs a flag's own parser, and has its error begin with the place. */
export function located<T>(document: ConfigDocument, path: Path, parse: (label: string) => T): T {
  const label = document.label(path);
  try {
    return parse(label);
  } catch (error) {
    if (!(error instanceof LabError) || error.message.startsWith(label)) throw error;
    const options = error.hint === undefined ? {} : { hint: error.hint };
    throw new LabError(error.code, `${label}: ${error.message}`, options);
  }
}

/** @throws LAB_ERR_BAD_VALUE about a key that is not a setting of the command */
export function refuseKey(
  document: ConfigDocument,
  issue: z.core.$ZodIssueUnrecognizedKeys,
  known: readonly string[],
  command: string,
): never {
  const [key = ''] = issue.keys;
  const guess = nearest(key.replace(/^-+/, ''), known);
  const hint = guess === undefined ? `keys: ${known.join(', ')}` : `did you mean ${guess}?`;
  return document.failAtKey([...issue.path, key], `is not a setting of ${command}`, hint);
}
