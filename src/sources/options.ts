import type { z } from 'zod';
import { callback, leaf, membersOf, number, oneOf, text, yesOrNo } from '../core/options.js';
import { LabError } from '../errors.js';
import type { SourceOptions } from './source.js';
import { TIME_UNITS } from './text/epoch.js';

const MAX_SYMBOLS = 1_000_000;
const MAX_SIZE_BYTES = 16 * 1024 * 1024;

const point = leaf((value) => {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const entries = Object.entries(value);
  const [[name, micros] = []] = entries;
  if (entries.length !== 1 || !Number.isFinite(micros)) return false;
  return name === 'at' || (name === 'after' && micros >= 0);
}, 'give {at: µs since 1970} or {after: µs from the first item on}');

const MEMBERS = {
  seed: number((value) =>
    inRange('seed', '--seed', value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  ),
  sizeBytes: number((value) => inRange('sizeBytes', '--size', value, 0, MAX_SIZE_BYTES)),
  symbols: number((value) => inRange('symbols', '--symbols', value, 1, MAX_SYMBOLS)),
  loop: yesOrNo,
  from: point,
  to: point,
  onNotice: callback,
  timeColumn: orNone(text("'executed_at'")),
  keyColumn: orNone(text("'pair'")),
  timeUnit: orNone(oneOf(TIME_UNITS)),
  finnhubUrl: text("'https://finnhub.io'"),
  finnhubKeyFile: text("'key.txt'"),
} satisfies Record<keyof Required<SourceOptions>, z.ZodType>;

/** null is as good as absent. */
function orNone(type: z.ZodType): z.ZodType {
  return type.nullable();
}

/** Named as the flag that sets it. */
function inRange(name: string, flag: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new LabError('LAB_ERR_BAD_VALUE', `${flag} ${value} is out of range`, {
    hint: `${name} is an integer from ${least} to ${most}`,
  });
}

/** What `openSource` takes. */
export const OPEN_OPTIONS: z.ZodType = membersOf(MEMBERS, ['seed', 'sizeBytes', 'symbols', 'loop']);

const { loop: _loop, ...CHOICES } = MEMBERS;

/** What a server's source may be given. */
export const SOURCE_OPTIONS: z.ZodType = membersOf(CHOICES);
