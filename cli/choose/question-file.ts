/** A question as a YAML or JSON file: its keys are the long flags. */
import { LabError } from '../../src/errors.js';
import { nearest } from '../../src/options/suggest.js';
import { quoted } from '../../src/options/values.js';
import { type ConfigDocument, parseConfig } from '../config-file/document.js';
import { readBounded } from '../files/read-bounded.js';
import { type AskedPart, QUESTION_FLAGS } from './question-flags.js';

const MAX_BYTES = 64 * 1024;
const KEYS = new Map(
  QUESTION_FLAGS.map((flag) => [/--([\w-]+)/.exec(flag.flags)![1]!, flag] as const),
);

/** @throws LAB_ERR_BAD_VALUE for a file that cannot be read, and what the flags throw */
export async function readQuestion(path: string): Promise<AskedPart[]> {
  let text: string;
  try {
    text = await readBounded(path, MAX_BYTES);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LabError('LAB_ERR_BAD_VALUE', `the question ${quoted(path)} cannot be read: ${why}`, {
      hint: 'name a YAML or JSON file with the flags of lab choose as its keys',
      cause: error,
    });
  }
  return questionParts(parseConfig(path, text));
}

/** @throws LAB_ERR_BAD_VALUE, which says the line */
export function questionParts(document: ConfigDocument): AskedPart[] {
  const { data } = document;
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    document.fail([], 'is no question', 'write keys: clients: 200');
  return Object.entries(data as object).flatMap(([key, value]) => {
    const flag = KEYS.get(key);
    if (flag === undefined) {
      const guess = nearest(key, [...KEYS.keys()]);
      const hint = `${guess === undefined ? '' : `did you mean ${guess}? `}the keys are ${[...KEYS.keys()].join(', ')}`;
      return document.failAtKey([key], 'is no key of a question', hint);
    }
    const takesValue = /[<[]/.test(flag.flags);
    if (!takesValue || isSwitch(flag.flags, value)) return switched(document, key, value);
    return [flag.parse(textOf(document, key, value), document.label([key]))];
  });
}

/** `true` and `false` for what may stand without a value. */
function isSwitch(flags: string, value: unknown): boolean {
  return flags.includes('[') && typeof value === 'boolean';
}

function switched(document: ConfigDocument, key: string, value: unknown): AskedPart[] {
  const { bare = '', parse } = KEYS.get(key)!;
  if (value === true) return [parse(bare, document.label([key]))];
  if (value === false) return [];
  return document.fail([key], 'is neither true nor false', 'write true or false');
}

/** A list as with commas between, a map as `name=value` of each. */
function textOf(document: ConfigDocument, key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.join(',');
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isMap && Object.values(value).every((item) => typeof item === 'string'))
    return Object.entries(value)
      .map(([name, item]) => `${name}=${item}`)
      .join(',');
  return document.fail([key], 'is no value of a question', 'write a value, a list or name: value');
}
