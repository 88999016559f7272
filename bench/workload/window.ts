import type { ClockOffset } from './clock-offset.js';

/**
 * The measured window: messages with an intended time in `[start, end)`. Publishing begins at `t0`,
 * the warm-up before `start`. All are whole microseconds, so that publisher and subscribers draw
 * the same line.
 */
export interface Window {
  readonly t0: number;
  readonly start: number;
  readonly end: number;
  /** A message that arrives after this is late, and lost. */
  readonly deadline: number;
}

/** A window of a feed that is not ours. */
export interface ObservedWindow extends Window {
  readonly stamps: StampRange;
}

/**
 * The window by the stamps of a server that is not ours, which its own clock gave: messages with
 * one in `[from, until)`.
 */
export interface StampRange {
  readonly from: number;
  readonly until: number;
  /** What is taken off receipt − stamp, whole µs: 0 where both clocks tell the same time. */
  readonly clockShift: number;
  /** By how much the clock of the stamps is ahead of ours at most, µs; infinite = not known. */
  readonly mostAhead: number;
}

/** What a process has seen of an observed feed by now. */
export interface Progress {
  /** Highest sequence number; 0 = nothing. */
  readonly newest: number;
  /** Smallest receipt − stamp, µs; infinite when there was nothing. */
  readonly fastest: number;
  /** Server's clock − ours by what the clients were told on joining. */
  readonly offset: ClockOffset;
}

/** Which messages of an observed window a process has seen. */
export interface Span {
  /** Newest message seen that was published before the window; 0 = none. */
  readonly before: number;
  /** Newest message seen of the window; 0 = none. */
  readonly last: number;
  /** Something published after the window was seen. */
  readonly isOver: boolean;
}

/** Sequence numbers published in the window, both inclusive; `last < first` when none was. */
export interface PublishedRange {
  readonly first: number;
  readonly last: number;
}

/** How many messages were published. */
export function publishedIn({ first, last }: PublishedRange): number {
  return Math.max(0, last - first + 1);
}
