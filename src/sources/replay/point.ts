import { badValue, parseDuration } from '../../options/values.js';
import { parseInstant } from '../recording-part.js';
import type { RecordingPoint } from '../source.js';

/** A hundred years: recordings of history are replayed too. */
const LONGEST = { min: 0, max: 876_000 * 3_600_000 };

/**
 * A recorded time, `2026-01-02T09:30:00Z`, or how long after the first item: `10s`, `1h30m`.
 * @throws LAB_ERR_BAD_VALUE
 */
export function parseRecordingPoint(flag: string, text: string): RecordingPoint {
  if (/^\d+(h|m|s|ms|$)/.test(text)) return { after: parseDuration(flag, text, LONGEST) * 1_000 };
  const at = parseInstant(text);
  if (at !== undefined) return { at };
  throw badValue(
    flag,
    text,
    'is neither a time nor a duration',
    'write a recorded time, 2026-01-02T09:30:00Z (UTC), or how long after the first row: 10s, 1h30m',
  );
}
