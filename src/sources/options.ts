import type { z } from 'zod';
import { callback, membersOf, number, yesOrNo } from '../core/options.js';
import type { OptionTable } from '../options/option.js';
import { inRange } from './range.js';
import type { SourceOptions } from './source.js';

const MAX_SIZE_BYTES = 16 * 1024 * 1024;

/** What every source takes. */
const EVERY = {
  seed: number((value) => inRange('seed', value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
  sizeBytes: number((value) => inRange('sizeBytes', value, 0, MAX_SIZE_BYTES)),
  onNotice: callback,
} satisfies Partial<Record<keyof SourceOptions, z.ZodType>>;

/** What `openSource` takes, where the sources have the options of `table`. */
export function openSchema(table: OptionTable): z.ZodType {
  return membersOf({ ...EVERY, ...schemasOf(table), loop: yesOrNo }, [
    'seed',
    'sizeBytes',
    'symbols',
    'loop',
  ]);
}

/** What a server's source may be given. */
export function choicesSchema(table: OptionTable): z.ZodType {
  return membersOf({ ...EVERY, ...schemasOf(table) });
}

function schemasOf(table: OptionTable): Record<string, z.ZodType> {
  return Object.fromEntries(table.map(({ name, schema }) => [name, schema]));
}
