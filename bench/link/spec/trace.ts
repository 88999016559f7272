/**
 * A trace of a link in the format of mahimahi: a line is the millisecond in which 1,500 bytes may
 * pass, in ascending order; one that stands twice is two opportunities. The last line is the
 * period, after which it starts again. Pure.
 */
import { LabError } from '../../../src/errors.js';
import { quoted } from '../../../src/options/values.js';

/** Half an hour of 13 Mbit/s. */
export const MOST_OPPORTUNITIES = 2_000_000;
/** A day. */
const LONGEST_MS = 86_400_000;

const HINT =
  'a line is a whole number of milliseconds, not below the one before it: the moment at which 1,500 bytes may pass';

/** Their times, µs. @throws LAB_ERR_LINK_TRACE that names file and line */
export function parseTrace(file: string, text: string): number[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw broken(file, 'is empty');
  if (lines.length > MOST_OPPORTUNITIES)
    throw broken(file, `line ${MOST_OPPORTUNITIES + 1}: has more lines than can be held`);
  const atUs: number[] = [];
  let last = 0;
  for (const [i, line] of lines.entries()) {
    const ms = /^\d{1,9}$/.test(line) ? Number(line) : Number.NaN;
    const problem =
      line === ''
        ? 'is empty'
        : Number.isNaN(ms)
          ? `${quoted(line)} is no time`
          : ms > LONGEST_MS
            ? `${line} is later than a day`
            : ms < last
              ? `${line} is before ${last}, the line above`
              : undefined;
    if (problem !== undefined) throw broken(file, `line ${i + 1}: ${problem}`);
    atUs.push(ms * 1_000);
    last = ms;
  }
  if (last === 0) throw broken(file, `line ${lines.length}: 0 is no period`);
  return atUs;
}

function broken(file: string, problem: string): LabError {
  return new LabError('LAB_ERR_LINK_TRACE', `trace ${quoted(file)} ${problem}`, { hint: HINT });
}
