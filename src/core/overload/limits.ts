/** Limits of a subscriber's backlog, as a policy's text has them: `messages=1000/bytes=64k/age=200ms`. */
import { LabError } from '../../errors.js';

/** Infinite where there is none. */
export interface BacklogLimits {
  readonly messages: number;
  /** Of its encoded log. */
  readonly bytes: number;
  /** µs since the oldest message was published. */
  readonly age: number;
}

export const UNLIMITED: BacklogLimits = {
  messages: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
  age: Number.POSITIVE_INFINITY,
};

/** Above it, what a log retains is the limit anyhow. */
const MOST_MESSAGES = 2 ** 24;
const MOST_BYTES = 2 ** 40;
const LONGEST_US = 3_600_000_000;

const SIZES: Readonly<Record<string, number>> = { '': 1, k: 1_024, M: 1_024 ** 2 };
const TIMES: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000 };

const READERS: Readonly<Record<keyof BacklogLimits, (text: string) => number | undefined>> = {
  messages: (text) => scaled(text, { '': 1 }, MOST_MESSAGES),
  bytes: (text) => scaled(text, SIZES, MOST_BYTES),
  age: (text) => scaled(text, TIMES, LONGEST_US),
};

/** What each limit is to look like. */
const LIMIT_HINT = 'messages=1000, bytes=64k (or M), age=200ms (or us, s), each once and above 0';

/**
 * The cap of a server: `messages=1000/bytes=64k/age=200ms`, at least one of them.
 * @param label what messages call the option
 * @throws LAB_ERR_BAD_VALUE
 */
export function backlogLimits(text: string, label = 'maxBacklog'): BacklogLimits {
  return readLimits(text.split('/'), (part, hint) => {
    const problem = `${label} '${text}': '${part}' cannot be`;
    return new LabError('LAB_ERR_BAD_VALUE', problem, { option: 'maxBacklog', value: text, hint });
  });
}

/** @throws what `refused` makes of the first part that is none, or comes twice */
export function readLimits(
  parts: readonly string[],
  refused: (part: string, hint: string) => LabError,
): BacklogLimits {
  const limits: { -readonly [K in keyof BacklogLimits]: number } = { ...UNLIMITED };
  for (const part of parts) {
    const [name = '', ...value] = part.split('=');
    const isFirst = isLimit(name) && limits[name] === UNLIMITED[name];
    const read = isFirst ? readLimit(name, value.join('=')) : undefined;
    if (!isLimit(name) || read === undefined) throw refused(part, LIMIT_HINT);
    limits[name] = read;
  }
  return limits;
}

function isLimit(name: string): name is keyof BacklogLimits {
  return Object.hasOwn(READERS, name);
}

/** Undefined when it cannot be. */
export function readLimit(name: keyof BacklogLimits, text: string): number | undefined {
  return READERS[name](text);
}

/** The text that is read back as the same limits, in one order whatever was written. */
export function limitsText({ messages, bytes, age }: BacklogLimits): string {
  const parts: string[] = [];
  if (messages > 0 && messages <= MOST_MESSAGES) parts.push(`messages=${messages}`);
  if (bytes <= MOST_BYTES) parts.push(`bytes=${withUnit(bytes, SIZES)}`);
  if (age <= LONGEST_US) parts.push(`age=${ageText(age)}`);
  return parts.join('/');
}

export function ageText(micros: number): string {
  return withUnit(micros, TIMES);
}

function scaled(
  text: string,
  units: Readonly<Record<string, number>>,
  most: number,
): number | undefined {
  const [, digits = '', unit = ''] = /^([1-9]\d{0,14})([a-zA-Z]*)$/.exec(text) ?? [];
  if (digits === '' || !Object.hasOwn(units, unit)) return undefined;
  const value = Number(digits) * (units[unit] as number);
  return value <= most ? value : undefined;
}

/** In the largest unit that it is a whole number of. */
function withUnit(value: number, units: Readonly<Record<string, number>>): string {
  const [unit, size] = Object.entries(units).findLast(([, each]) => value % each === 0)!;
  return `${value / size}${unit}`;
}
