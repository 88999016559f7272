import type { Slice } from './slice.js';

/**
 * Slices that follow one another, for who sends several in one go. Shared by every subscriber at
 * the same position, like the slices in it.
 */
export interface SliceTrain {
  /** At least one. None but the last and only is longer than was asked for. */
  readonly slices: readonly Slice[];
  /** Bytes of the longest. */
  readonly longest: number;
  /** Bytes by which those before the last are shorter than that, together. */
  readonly padding: number;
}

/** Where the slices of a train come from. */
interface SliceSource {
  /** Undefined at the head only. */
  slice(from: number, maxBytes: number): Slice | undefined;
}

/** A train ends where filling up its slices to one length would take more of it than this. */
const MOST_PADDING = 1 / 8;

/**
 * The longest train that begins with `first`: slices of at most `maxBytes` that can be sent as
 * segments of one length, all but the last filled up to the longest. So it ends before a slice that
 * would need, or make the others need, too much padding; one that is longer than `maxBytes` goes
 * alone. `most`: slices; `end`: the position at which the last one ends, at the latest.
 */
export function coupleTrain(
  source: SliceSource,
  first: Slice,
  maxBytes: number,
  most: number,
  end: number,
): SliceTrain {
  const slices = [first];
  let last = first;
  let longest = first.bytes.length;
  let bytes = longest;
  let padding = 0;
  while (slices.length < most && last.to < end && longest <= maxBytes) {
    const next = source.slice(last.to, maxBytes) as Slice;
    const length = next.bytes.length;
    const longer = Math.max(longest, length);
    // As it would be with this one as the last, which is not filled up.
    const lacking = slices.length * longer - bytes;
    if (length > maxBytes || lacking > (bytes + length) * MOST_PADDING) break;
    slices.push(next);
    last = next;
    longest = longer;
    bytes += length;
    padding = lacking;
  }
  return { slices, longest, padding };
}
