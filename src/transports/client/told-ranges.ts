import type { Lagged } from '../../core/message.js';

/** Ranges remembered; a copy comes soon. */
const MOST_RANGES = 64;

interface Told {
  readonly from: number;
  readonly next: number;
  /** Only its copy has come so far. */
  byCopy: boolean;
}

/**
 * Which conflated ranges a client has been told of: the server tells of each twice, so that the
 * loss of one notice does not make a loss of all that was left out.
 */
export class ToldRanges {
  readonly #ranges: Told[] = [];

  /** Whether a LAGGED with `from` is to be handed on. */
  isNews({ from = 0, next }: Lagged, isCopy: boolean): boolean {
    const known = this.#ranges.find((range) => range.from === from && range.next === next);
    if (known === undefined) {
      this.#ranges.push({ from, next, byCopy: isCopy });
      if (this.#ranges.length > MOST_RANGES) this.#ranges.shift();
      return true;
    }
    if (isCopy) return false;
    // Of a range that was told, later ones may follow that have more.
    const isMore = !known.byCopy;
    known.byCopy = false;
    return isMore;
  }
}
