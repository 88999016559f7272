import { LabError } from '../errors.js';
import { fixedRate, recordedPace } from '../pacer/schedule.js';
import { Timeline } from '../pacer/timeline.js';
import type { SourceItem } from '../sources/source.js';

/** When each item of a source is to be published. */
export interface Pace extends Pick<Timeline, 'dueAt' | 'advance'> {
  /**
   * How often something is due (µs), of a feed so fast and steady that it is worth a thread to wake
   * it on time; undefined for one that timers serve as well.
   */
  readonly tickMicros: number | undefined;
}

export interface PaceOptions {
  /** Items per second, whatever times they have. */
  readonly rate: number | undefined;
  /** Times the recorded pace. */
  readonly speed: number | undefined;
  /** The source has a pace of its own: neither rate nor recorded times hold its items back. */
  readonly live: boolean;
}

/** Of a source that has neither times nor a pace of its own. Items/s. */
export const DEFAULT_RATE = 10;

/** The millisecond that a timer of Node may be late is a tenth of this. */
const SLOWEST_TICK_MICROS = 10_000;

/**
 * The pace that a source is read at, told from its first item.
 * @throws LAB_ERR_BAD_VALUE for a speed when items have no times
 */
export function paceFor(first: SourceItem, { rate, speed, live }: PaceOptions): Pace {
  if (rate !== undefined) return atRate(rate);
  if (speed !== undefined) {
    if (first.time !== undefined) return asRecorded(speed);
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `speed ${speed}: the messages have no times, so there is no pace to keep`,
      {
        option: 'speed',
        value: String(speed),
        hint: 'give a `rate` in messages/s, or name the column of the recording that holds the times: `timeColumn`',
      },
    );
  }
  if (live) return AS_IT_COMES;
  return first.time === undefined ? atRate(DEFAULT_RATE) : asRecorded(1);
}

const AS_IT_COMES: Pace = {
  dueAt: (_item, now) => now,
  advance: () => {},
  tickMicros: undefined,
};

function atRate(rate: number): Pace {
  const schedule = fixedRate(rate);
  const { tickMicros } = schedule;
  return Object.assign(new Timeline(schedule, 'forgiven'), {
    tickMicros: tickMicros <= SLOWEST_TICK_MICROS ? tickMicros : undefined,
  });
}

/** A recording may pause for hours: nothing ticks then. */
function asRecorded(speed: number): Pace {
  return Object.assign(new Timeline(recordedPace(speed), 'forgiven'), { tickMicros: undefined });
}
