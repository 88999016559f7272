/** The book of an emulator as it travels: a few arrays, so that packing it delays no packet. */
import { FATE } from './fate.js';
import type { DroppedDatagrams, FateCounts, LinkBook } from './link-book.js';

/** Counters of a row; a fate is counted at its own number behind `fate`. */
export const COUNTER = {
  packets: 0,
  bytes: 1,
  fate: 2,
  deliveredBytes: 7,
  duplicated: 8,
  reordered: 9,
  corrupted: 10,
} as const;
export const COUNTERS = 11;
/** Beside the fates of a model: the emulator had to throw it away. */
export const NO_ROOM = 4;

export interface PackedBook extends Omit<LinkBook, 'clients' | 'strangers' | 'noRoom'> {
  /** Rows: up and down of each client, then what is nobody's. */
  readonly counts: Float64Array;
  /** TCP segments that did not reach each client, and datagrams of no known number. */
  readonly segments: Float64Array;
  readonly unlisted: Uint32Array;
  /** Position i of all is of the same datagram. */
  readonly dropped: {
    readonly client: Int32Array;
    readonly dseq: Uint32Array;
    readonly seq: Float64Array;
    readonly count: Uint16Array;
  };
}

export function unpackBook(packed: PackedBook): LinkBook {
  const { counts, segments, unlisted, dropped, ...rest } = packed;
  const lists = listsOf(packed);
  return {
    ...rest,
    clients: lists.map((droppedData, client) => ({
      up: countsOf(counts, 2 * client),
      down: countsOf(counts, 2 * client + 1),
      droppedData,
      droppedSegments: segments[client] as number,
    })),
    strangers: countsOf(counts, 2 * lists.length),
    noRoom: noRoomOf(counts),
  };
}

function countsOf(counts: Float64Array, row: number): FateCounts {
  const of = (counter: number): number => counts[row * COUNTERS + counter] as number;
  return {
    packets: of(COUNTER.packets),
    bytes: of(COUNTER.bytes),
    delivered: of(COUNTER.fate + FATE.delivered),
    deliveredBytes: of(COUNTER.deliveredBytes),
    lost: of(COUNTER.fate + FATE.lost),
    overflow: of(COUNTER.fate + FATE.overflow),
    outage: of(COUNTER.fate + FATE.outage),
    noRoom: of(COUNTER.fate + NO_ROOM),
    duplicated: of(COUNTER.duplicated),
    reordered: of(COUNTER.reordered),
    corrupted: of(COUNTER.corrupted),
  };
}

function noRoomOf(counts: Float64Array): number {
  let sum = 0;
  for (let at = COUNTER.fate + NO_ROOM; at < counts.length; at += COUNTERS)
    sum += counts[at] as number;
  return sum;
}

/** Client by client. */
function listsOf({ unlisted, dropped }: PackedBook): DroppedDatagrams[] {
  const lists = Array.from(unlisted, (more) => ({
    dseq: [] as number[],
    seq: [] as number[],
    count: [] as number[],
    unlisted: more,
  }));
  dropped.client.forEach((client, i) => {
    const list = lists[client] as (typeof lists)[number];
    list.dseq.push(dropped.dseq[i] as number);
    list.seq.push(dropped.seq[i] as number);
    list.count.push(dropped.count[i] as number);
  });
  return lists;
}
