import { LabError } from '../errors.js';
import type { SourceItem } from '../sources/source.js';

/** When each item of a source is to be published. */
export interface Pace {
  /**
   * Clock reading (µs) at which `item`, the next one, is due. At most `now` for one that is due at
   * once.
   */
  dueAt(item: SourceItem, now: number): number;
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

/**
 * A feed that is later than this does not make up for it: after a suspended laptop or a stalled
 * disk, subscribers get the feed from there on and no burst of everything that was missed.
 */
const FORGIVEN_US = 1_000_000;

/**
 * The pace that a source is read at, told from its first item.
 * @throws LAB_ERR_BAD_VALUE for a speed when items have no times
 */
export function paceFor(first: SourceItem, { rate, speed, live }: PaceOptions): Pace {
  if (rate !== undefined) return new PlannedPace(fixedRate(rate));
  if (speed !== undefined) {
    if (first.time !== undefined) return new PlannedPace(recorded(speed));
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `--speed ${speed}: the messages have no times, so there is no pace to keep`,
      {
        hint: 'give a --rate in messages/s, or name the column of the recording that holds the times: --time-column',
      },
    );
  }
  if (live) return AS_IT_COMES;
  return new PlannedPace(first.time === undefined ? fixedRate(DEFAULT_RATE) : recorded(1));
}

const AS_IT_COMES: Pace = { dueAt: (_item, now) => now };

/** Absolute times from a plan, so that lateness of one item does not delay all that follow. */
class PlannedPace implements Pace {
  readonly #offsetOf: (item: SourceItem) => number;
  #origin: number | undefined;

  /** `offsetOf`: µs from the first item to this one; asked once an item, in order. */
  constructor(offsetOf: (item: SourceItem) => number) {
    this.#offsetOf = offsetOf;
  }

  dueAt(item: SourceItem, now: number): number {
    const offset = this.#offsetOf(item);
    this.#origin ??= now - offset;
    const due = this.#origin + offset;
    if (now - due <= FORGIVEN_US) return due;
    this.#origin += now - due;
    return now;
  }
}

function fixedRate(rate: number): () => number {
  let count = 0;
  return () => (count++ * 1e6) / rate;
}

/** An item without a time, or with one before its predecessor's, is due with its predecessor. */
function recorded(speed: number): (item: SourceItem) => number {
  let first: number | undefined;
  let last = 0;
  return ({ time }) => {
    if (time === undefined) return last;
    first ??= time;
    last = Math.max(last, (time - first) / speed);
    return last;
  };
}
