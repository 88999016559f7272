import { LabError } from '../errors.js';
import { type Recording, recordingOf } from './replay/recording.js';
import { parseDate } from './replay/time/time-text.js';
import type { RecordingPoint, SourceItem, SourceOptions } from './source.js';
import { listOf } from './text/names.js';

/**
 * µs since the Unix epoch of an ISO 8601 date, with or without a time of day; UTC unless it names a
 * zone. Else undefined.
 */
export function parseInstant(text: string): number | undefined {
  return /^\d{4}-\d\d-\d\d/.test(text) ? parseDate(text) : undefined;
}

/** What `parseInstant` reads back as the same time: 2026-01-02T09:30:00Z. */
export function instantText(micros: number): string {
  const milliseconds = Math.floor(micros / 1_000);
  const rest = String(micros - milliseconds * 1_000).padStart(3, '0');
  return new Date(milliseconds)
    .toISOString()
    .replace('Z', rest)
    .replace(/\.?0+$/, '')
    .concat('Z');
}

/**
 * As a flag takes it and results give it: 2026-01-02T09:30:00Z, or 90s or 1500ms after the first
 * item.
 */
export function pointText(point: RecordingPoint): string {
  if ('at' in point) return instantText(point.at);
  return point.after % 1e6 === 0 ? `${point.after / 1e6}s` : `${point.after / 1e3}ms`;
}

/**
 * The part of a recording from `from` (included) to `to` (not included); all of it without either.
 * @throws LAB_ERR_BAD_VALUE (its items have no times, the part ends before it begins),
 * LAB_ERR_SOURCE_EMPTY
 */
export function partOf(
  recording: Recording,
  { from, to }: Pick<SourceOptions, 'from' | 'to'>,
  path: string,
): Recording {
  if ((from ?? to ?? null) === null) return recording;
  const { items } = recording;
  const first = items[0]?.time;
  const last = items.at(-1)?.time;
  if (first === undefined || last === undefined) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `\`from\`, \`to\`: the rows of '${path}' have no times`,
      {
        option: from ? 'from' : 'to',
        hint: `leave them out, or name the column that holds the times, \`timeColumn\`: ${listOf(recording.reading.columns)}`,
      },
    );
  }
  const start = from ? timeAt(from, first) : first;
  const end = to ? timeAt(to, first) : Number.POSITIVE_INFINITY;
  if (from && to && start >= end) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `to ${instantText(end)} is not after \`from\` ${instantText(start)}`,
      {
        option: 'to',
        value: instantText(end),
        hint: 'the part goes from `from`, included, to `to`, not included',
      },
    );
  }
  const within = items.slice(indexAt(items, start), indexAt(items, end));
  if (within.length > 0) return recordingOf(within, recording.reading);
  throw new LabError(
    'LAB_ERR_SOURCE_EMPTY',
    `source replay: '${path}' holds no row of the part asked for`,
    {
      option: 'source',
      hint: `it was recorded from ${instantText(first)} to ${instantText(last)}: choose \`from\` and \`to\` in between`,
    },
  );
}

function timeAt(point: RecordingPoint, first: number): number {
  return 'at' in point ? point.at : first + point.after;
}

/** How many items, in order of time, come before `time`. */
function indexAt(items: readonly SourceItem[], time: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
