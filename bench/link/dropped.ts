/** Which messages were in the datagrams that a link dropped. Pure. */
import { overlap } from '../../src/metrics/range.js';
import type { PublishedRange } from '../workload/window.js';
import type { DroppedDatagrams, LinkBook } from './link-book.js';

export const NOTHING_DROPPED: DroppedDatagrams = { dseq: [], seq: [], count: [], unlisted: 0 };

/** For each client; null where not all of them are listed, or nobody tells. */
export function droppedIn(book: LinkBook | null): readonly DroppedDatagrams[] | null {
  const lists = book?.clients.map(({ droppedData }) => droppedData) ?? null;
  return lists?.every(({ unlisted }) => unlisted === 0) === true ? lists : null;
}

export interface DroppedInWindow {
  /** Datagrams with messages of the window, and those messages. */
  readonly datagrams: number;
  readonly messages: number;
}

/**
 * Of the messages `first` to `last`. `part` gives how many of those from one to another count;
 * default: each.
 */
export function droppedOf(
  { seq, count }: DroppedDatagrams,
  { first, last }: PublishedRange,
  part: (from: number, to: number) => number = (from, to) => to - from + 1,
): DroppedInWindow {
  let [datagrams, messages] = [0, 0];
  for (const [i, from] of seq.entries()) {
    const to = from + (count[i] as number) - 1;
    if (overlap(from, to, first, last) === 0) continue;
    datagrams += 1;
    messages += part(Math.max(from, first), Math.min(to, last));
  }
  return { datagrams, messages };
}
