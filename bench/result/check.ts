/** What is wrong with a document, found without looking further than the first fault. */
import { z } from 'zod';

/** Characters of a key that a message repeats. */
const MOST_SHOWN = 80;

/** The first thing in a document that its schema does not allow. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Holds a value against a schema of objects, lists and records, and stops at the first fault. zod
 * would go on and keep an issue for each: a list of a million wrong members took a minute and
 * gigabytes. Null when all is well: the value then is what `schema.parse` would return, if nothing
 * in the schema transforms or has a default.
 */
export function firstFault(schema: z.core.$ZodType, value: unknown): Fault | null {
  const inner = unwrapped(schema, value);
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      const fault = firstFault(inner.element, item);
      if (fault !== null) return below(i, fault);
    }
    return null;
  }
  if (inner instanceof z.ZodRecord && isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      // zod leaves this key of a record out.
      if (key === '__proto__') continue;
      const fault = firstFault(inner.valueType, item);
      if (fault !== null) return below(key, fault);
    }
    return null;
  }
  if (inner instanceof z.ZodObject && isObject(value)) return faultOfObject(inner, value);
  const parsed = z.safeParse(inner, value);
  const [issue] = parsed.error?.issues ?? [];
  return issue === undefined ? null : { path: issue.path, message: issue.message };
}

function faultOfObject(
  { shape }: z.ZodObject,
  value: Readonly<Record<string, unknown>>,
): Fault | null {
  for (const [key, schema] of Object.entries(shape)) {
    const fault = firstFault(schema, Object.hasOwn(value, key) ? value[key] : undefined);
    if (fault !== null) return below(key, fault);
  }
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(shape, key));
  if (unknown === undefined) return null;
  return { path: [], message: `Unrecognized key: ${JSON.stringify(unknown.slice(0, MOST_SHOWN))}` };
}

/**
 * A value without the members that its schema does not know; `unknown` is told the place of each,
 * like `cells[].news`. What else may be wrong stays.
 */
export function withoutUnknown(
  schema: z.core.$ZodType,
  value: unknown,
  unknown: (place: string) => void = () => {},
  place = '',
): unknown {
  const inner = unwrapped(schema, value);
  if (inner instanceof z.ZodArray && Array.isArray(value))
    return value.map((item) => withoutUnknown(inner.element, item, unknown, `${place}[]`));
  if (!(inner instanceof z.ZodObject) || !isObject(value)) return value;
  const shape: Readonly<Record<string, z.core.$ZodType>> = inner.shape;
  const known = Object.entries(value).flatMap(([key, member]) => {
    const at = `${place}.${key.slice(0, MOST_SHOWN)}`.replace(/^\./, '');
    const below = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (below === undefined) unknown(at);
    return below === undefined ? [] : [[key, withoutUnknown(below, member, unknown, at)] as const];
  });
  return Object.fromEntries(known);
}

/**
 * Without its `nullable` and `optional`, where there is a value for what is inside; of a union the
 * one that the value says it is.
 */
function unwrapped(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  let inner = schema;
  while (
    (inner instanceof z.ZodNullable && value !== null) ||
    (inner instanceof z.ZodOptional && value !== undefined)
  ) {
    inner = inner.unwrap();
  }
  if (!(inner instanceof z.ZodDiscriminatedUnion) || !isObject(value)) return inner;
  const { discriminator } = inner.def;
  const kind = value[discriminator];
  return (
    inner.options.find(
      (one) => one instanceof z.ZodObject && z.safeParse(one.shape[discriminator], kind).success,
    ) ?? inner
  );
}

function below(key: PropertyKey, { path, message }: Fault): Fault {
  return { path: [key, ...path], message };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
