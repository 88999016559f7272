/** Sequence numbers, both ends included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

interface Hole extends Range {
  /** When it was seen, µs. */
  readonly openedAt: number;
}

/** Holes remembered at one time. More come only from a network that reorders everything. */
const MAX_HOLES = 1_024;

/**
 * Ranges of sequence numbers that something later has overtaken, and that may still come:
 * ascending, disjoint.
 */
export class Holes {
  #holes: Hole[] = [];

  get empty(): boolean {
    return this.#holes.length === 0;
  }

  /** When the oldest was opened, µs; Infinity when there is none. */
  get oldestAt(): number {
    return this.#holes.reduce(
      (oldest, { openedAt }) => Math.min(oldest, openedAt),
      Number.POSITIVE_INFINITY,
    );
  }

  /** A hole above all others. Returns the one that has to make room, if any. */
  open(from: number, to: number, openedAt: number): Range | undefined {
    this.#holes.push({ from, to, openedAt });
    return this.#holes.length > MAX_HOLES ? this.#holes.shift() : undefined;
  }

  /** Takes one number out; false when it is in no hole. */
  fill(seq: number): boolean {
    return this.cut(seq, seq).length > 0;
  }

  /** Takes out whatever of `[from, to]` lies in holes, and returns it. */
  cut(from: number, to: number): Range[] {
    const taken: Range[] = [];
    if (this.#holes.every((hole) => hole.to < from || hole.from > to)) return taken;
    const left: Hole[] = [];
    for (const hole of this.#holes) {
      const first = Math.max(hole.from, from);
      const last = Math.min(hole.to, to);
      if (first > last) {
        left.push(hole);
        continue;
      }
      taken.push({ from: first, to: last });
      if (hole.from < first) left.push({ ...hole, to: first - 1 });
      if (hole.to > last) left.push({ ...hole, from: last + 1 });
    }
    this.#holes = left;
    return taken;
  }

  /** Takes out the holes that were opened at `until` or before. */
  expire(until: number): Range[] {
    const old = this.#holes.filter(({ openedAt }) => openedAt <= until);
    if (old.length > 0) this.#holes = this.#holes.filter(({ openedAt }) => openedAt > until);
    return old;
  }
}
