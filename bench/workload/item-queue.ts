import type { SourceItem } from '../../src/sources/source.js';

/** A source as a schedule reads it: without waiting. */
export interface ItemQueue {
  /** Settles when the first item is there (or the source has ended or failed). */
  readonly primed: Promise<void>;
  /** True when the source has no more and everything was taken. */
  readonly done: boolean;
  /** CPU-µs that making the items has taken so far; null where that cannot be told apart. */
  readonly cpuMicros: number | null;
  /**
   * The next item without taking it; undefined when none is ready. @throws what the source threw,
   * once the items before are used up
   */
  peek(): SourceItem | undefined;
  take(): void;
}
