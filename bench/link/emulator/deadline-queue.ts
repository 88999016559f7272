/**
 * Slots by when they are due; equal deadlines leave in the order in which they came. A binary heap
 * on arrays of fixed size: it allocates nothing.
 */
export class DeadlineQueue {
  readonly #heap: Int32Array;
  readonly #deadlines: Float64Array;
  readonly #orders: Float64Array;
  #size = 0;
  #pushed = 0;

  /** `slots`: from 0, each in the queue once at most. */
  constructor(slots: number) {
    this.#heap = new Int32Array(slots);
    this.#deadlines = new Float64Array(slots);
    this.#orders = new Float64Array(slots);
  }

  get size(): number {
    return this.#size;
  }

  /** Of the slot that is due first; Infinity = there is none. */
  get first(): number {
    return this.#size === 0
      ? Number.POSITIVE_INFINITY
      : (this.#deadlines[this.#heap[0] as number] as number);
  }

  push(slot: number, deadline: number): void {
    this.#deadlines[slot] = deadline;
    this.#orders[slot] = this.#pushed++;
    const heap = this.#heap;
    let at = this.#size++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as number;
      if (!this.#isBefore(slot, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = slot;
  }

  /** Takes out the slot that is due first; there must be one. */
  pop(): number {
    const heap = this.#heap;
    const first = heap[0] as number;
    const size = --this.#size;
    const last = heap[size] as number;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      const right = below + 1;
      if (right < size && this.#isBefore(heap[right] as number, heap[below] as number))
        below = right;
      const child = heap[below] as number;
      if (!this.#isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }

  #isBefore(one: number, other: number): boolean {
    const difference = (this.#deadlines[one] as number) - (this.#deadlines[other] as number);
    if (difference !== 0) return difference < 0;
    return (this.#orders[one] as number) < (this.#orders[other] as number);
  }
}
