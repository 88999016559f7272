/**
 * What the options of the library may be: the leaves that the schemas of all entry points are made
 * of, and the one error for what they refuse. Nothing is converted and no default filled in: an
 * option is right, absent (or undefined), or LAB_ERR_BAD_VALUE.
 */
import { z } from 'zod';
import { LabError, shown } from '../errors.js';
import { LONGEST_TIMER_MS } from './timer.js';

type Members = Readonly<Record<string, z.ZodType>>;

/** `hint`: what the value must be, as an order. */
export function leaf(holds: (value: unknown) => boolean, hint: string): z.ZodType {
  return z.custom(holds, { error: hint });
}

/**
 * A number, whatever it is worth: what is to use it refuses it in its own words, which may be
 * thrown here already.
 */
export function number(refuse: (value: number) => void = () => {}): z.ZodType {
  return leaf((value) => {
    if (typeof value !== 'number') return false;
    refuse(value);
    return true;
  }, 'give a number');
}

export function whole(least: number, most: number): z.ZodType {
  return leaf(
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    `use an integer from ${least} to ${most}`,
  );
}

/** Milliseconds that a timer is set to. */
export function timerMs(least = 1): z.ZodType {
  return whole(least, LONGEST_TIMER_MS);
}

/** 0 is any free one; one above 65,535 is refused by what is to bind it. */
export const port: z.ZodType = leaf(
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  'use an integer from 0 (any free port) to 65535',
);

/** Not empty. */
export function text(example: string): z.ZodType {
  return leaf(
    (value) => typeof value === 'string' && value !== '',
    `give a text such as ${example}`,
  );
}

/** A host name or address. Node would take an empty one for every address of the machine. */
export const host: z.ZodType = leaf(
  (value) => typeof value === 'string' && /^[^\s\p{C}]+$/u.test(value),
  'give an address or a name: 127.0.0.1, ::1, localhost; 0.0.0.0 or :: for every address of this machine',
);

export function oneOf(names: readonly string[]): z.ZodType {
  return leaf((value) => names.includes(value as string), `use one of: ${names.join(', ')}`);
}

export const yesOrNo: z.ZodType = leaf((value) => typeof value === 'boolean', 'use true or false');

export const callback: z.ZodType = leaf((value) => typeof value === 'function', 'give a function');

/** An object with these methods; others it may have. */
export function having(what: string, ...methods: readonly string[]): z.ZodType {
  return leaf(
    (value) => {
      if (typeof value !== 'object' || value === null) return false;
      return methods.every(
        (name) => typeof (value as Record<string, unknown>)[name] === 'function',
      );
    },
    `give ${what}, with ${methods.join(', ')}`,
  );
}

export const clockLike: z.ZodType = having('a clock', 'now', 'setTimeout', 'setImmediate');

export const signalLike: z.ZodType = having('an AbortSignal', 'addEventListener', 'throwIfAborted');

/** A list of key names. */
export const keyList: z.ZodType = z.array(text('AAPL'), { error: 'give a list of keys' });

/** All may be absent but those of `required`; others are not known. */
export function membersOf(members: Members, required: readonly string[] = []): z.ZodType {
  const shape = Object.entries(members).map(([name, type]) => [
    name,
    required.includes(name) ? type : type.optional(),
  ]);
  return z.strictObject(Object.fromEntries(shape));
}

/**
 * Refuses what `schema` does not hold of.
 * @param within what the message calls the whole; members go by their names alone
 * @throws LAB_ERR_BAD_VALUE naming the option, with its value, and in the hint what it may be
 */
export function checkOptions(schema: z.ZodType, value: unknown, within = 'options'): void {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (issue === undefined) return;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = unknown === undefined ? issue.path : [...issue.path, unknown];
  const name = path.length === 0 ? within : path.map(String).join('.');
  if (unknown !== undefined) {
    const hint = `${within} has no such member: look at its name and place`;
    throw new LabError('LAB_ERR_BAD_VALUE', `${name} is not known`, { option: name, hint });
  }
  const given = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown>)[key],
    value,
  );
  // What a schema says by itself is that something is not an object or no list at all.
  const hint =
    issue.code === 'custom' || issue.message.startsWith('give ') ? issue.message : 'give an object';
  throw new LabError('LAB_ERR_BAD_VALUE', `${name} ${shown(given)} is not valid`, {
    option: name,
    value: shown(given),
    hint,
  });
}

/** How much of the past is kept: what memory and V8's maps can hold. */
export const retention: z.ZodType = membersOf(
  { messages: whole(1, 2 ** 24), bytes: whole(1, 2 ** 40), keys: whole(1, 2 ** 24 - 1) },
  ['messages', 'bytes'],
);

export const flushMode: z.ZodType = leaf(
  (value) => value === 'auto' || (typeof value === 'number' && value >= 0 && value <= 1_000),
  "use 'auto', 0 or a period of at most 1000 ms",
);
