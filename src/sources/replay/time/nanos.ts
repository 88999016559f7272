/** What times have below a microsecond. */
import type { NumberUnit } from '../../text/epoch.js';

/** Where the digits below a microsecond stand. */
const BELOW_MICROS: Readonly<Record<Exclude<NumberUnit, 'calendar'>, RegExp>> = {
  s: /[.,]\d{6}(\d{1,3})/,
  ms: /\.\d{3}(\d{1,3})/,
  us: /\.(\d{1,3})/,
  ns: /(\d{3})$/,
};

/** What the times have below a microsecond, ns; undefined when none has anything. */
export function nanosOf(
  texts: readonly string[],
  unit: Exclude<NumberUnit, 'calendar'>,
): readonly number[] | undefined {
  const pattern = BELOW_MICROS[unit];
  if (!texts.some((text) => pattern.test(text))) return undefined;
  return texts.map((text) => Number((pattern.exec(text)?.[1] ?? '').padEnd(3, '0')));
}
