/**
 * Messages in a row that the codec refused. They take no position: `position` is that of the
 * message behind them.
 */
interface Hole {
  readonly position: number;
  count: number;
  /** Sequence number after the last of them. */
  next: number;
  /** Messages refused up to here, these included. */
  total: number;
}

/**
 * The holes of an encoded log: which messages its codec refused, and between which positions they
 * would have stood. Holes before the oldest retained message are forgotten but for their count, so
 * that a cursor can always tell how many it has passed.
 */
export class Refusals {
  /** In order of position. */
  readonly #holes: Hole[] = [];
  #before = 0;
  #total = 0;

  /** Messages refused since the log began. */
  get total(): number {
    return this.#total;
  }

  /** Sequence number behind the messages refused last, if their hole is not forgotten. */
  get lastNext(): number | undefined {
    return this.#holes.at(-1)?.next;
  }

  /** The codec refused message `seq`; the next one will stand at `position`. */
  add(seq: number, position: number): void {
    this.#total += 1;
    const last = this.#holes.at(-1);
    if (last?.position === position) {
      last.count += 1;
      last.next = seq + 1;
      last.total = this.#total;
    } else {
      this.#holes.push({ position, count: 1, next: seq + 1, total: this.#total });
    }
  }

  /** Messages refused that stand before `position`, a retained one or the head. */
  before(position: number): number {
    return this.#holes[this.#upTo(position) - 1]?.total ?? this.#before;
  }

  /**
   * Of those before `position`, the ones with a sequence number of at least `seq`, if they are the
   * last ones before it.
   */
  from(seq: number, position: number): number {
    const hole = this.#holes[this.#upTo(position) - 1];
    if (hole?.position !== position) return 0;
    return Math.min(hole.count, Math.max(0, hole.next - seq));
  }

  /** Position of the first hole behind `position`; undefined when there is none. */
  nextAfter(position: number): number | undefined {
    if (this.#holes.length === 0) return undefined;
    return this.#holes[this.#upTo(position)]?.position;
  }

  /** The message before `first` has been evicted, and the hole before that with it. */
  evictBefore(first: number): void {
    const hole = this.#holes[0];
    if (hole === undefined || hole.position >= first) return;
    this.#before = hole.total;
    this.#holes.shift();
  }

  /** Holes that stand at or before a position. */
  #upTo(position: number): number {
    let low = 0;
    let high = this.#holes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#holes[middle] as Hole).position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
