import type { Slice } from '../../../src/core/log/slice.js';
import type { Sink, SinkReader } from '../../../src/core/sink.js';

import { tinySeqs } from './tiny-encoder.js';

type Told = { readonly missed: number; readonly next: number };

/**
 * A sink that keeps what it is given. While `blocked`, or after `maxSlices`, it reads nothing, as a
 * socket that takes no more.
 */
export class RecordingSink implements Sink {
  blocked = false;
  readonly slices: Slice[] = [];
  readonly told: Told[] = [];
  /** What it was to count, as it came. */
  readonly skips: number[] = [];
  readonly ends: string[] = [];
  /** What happened, in order: sequence numbers, `lagged:n`, `end:reason`. */
  readonly events: (number | string)[] = [];
  offers = 0;
  readonly #maxBytes: number;
  readonly #maxSlices: number;
  readonly #onEnd: (() => void) | undefined;

  constructor(options: { maxBytes?: number; maxSlices?: number; onEnd?: () => void } = {}) {
    this.#maxBytes = options.maxBytes ?? 64 * 1024;
    this.#maxSlices = options.maxSlices ?? Number.POSITIVE_INFINITY;
    this.#onEnd = options.onEnd;
  }

  /** Sequence numbers received, in order. */
  get seqs(): number[] {
    return this.slices.flatMap(({ bytes }) => tinySeqs(bytes));
  }

  flush(subscriber: SinkReader): void {
    this.offers += 1;
    while (!this.blocked && this.slices.length < this.#maxSlices) {
      const slice = subscriber.read(this.#maxBytes);
      if (slice === undefined) return;
      subscriber.advance(slice);
      this.slices.push(slice);
      this.events.push(...tinySeqs(slice.bytes));
    }
  }

  skipped(missed: number): void {
    this.skips.push(missed);
  }

  lagged(missed: number, next: number): void {
    this.told.push({ missed, next });
    this.events.push(`lagged:${missed}`);
  }

  end(reason: string): void {
    this.ends.push(reason);
    this.events.push(`end:${reason}`);
    this.#onEnd?.();
  }
}
