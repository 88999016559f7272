/** Recordings with a column of times. */
import type { SourceOptions } from '../../../src/sources/source.js';
import { replayOf } from './sources.js';

export const MARCH_1 = Date.UTC(2024, 2, 1) * 1_000;
export const MINUTE = 60e6;

/** Times of the rows, µs after 1 March 2024. */
export async function timesOf(
  rows: string,
  options: Partial<SourceOptions> = {},
): Promise<number[]> {
  const items = await replayOf('a.csv', rows, options);
  return items.map(({ time }) => (time ?? Number.NaN) - MARCH_1);
}

/** What is said of a file, JSON or a table. */
export async function noticesOf(
  rows: string,
  options: Partial<SourceOptions> = {},
): Promise<string[]> {
  const notices: string[] = [];
  const onNotice = (notice: string): void => void notices.push(notice);
  await replayOf('a', rows, { ...options, onNotice });
  return notices;
}

export function column(name: string, times: readonly string[]): string {
  return `${name},v\n${times.map((time) => `${time},1\n`).join('')}`;
}
