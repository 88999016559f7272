/** The longest that a datagram, or several put together by UDP_GRO, can be. */
const LONGEST_BYTES = 64 * 1024;
/** Views remembered. A datagram has few places to begin at, and few lengths. */
const MOST_VIEWS = 16_384;

/**
 * Memory that all UDP sockets of a process read into, off V8's heap, and views of its parts: the
 * same datagram length at the same place is the same `Buffer`, so that receiving allocates nothing.
 */
export class DatagramViews {
  readonly area: Buffer;
  readonly #views = new Map<number, Buffer>();

  constructor(area: Buffer = Buffer.allocUnsafeSlow(LONGEST_BYTES)) {
    this.area = area;
  }

  view(start: number, length: number): Buffer {
    const key = start * (LONGEST_BYTES + 1) + length;
    let view = this.#views.get(key);
    if (view === undefined) {
      if (this.#views.size === MOST_VIEWS) this.#views.clear();
      view = this.area.subarray(start, start + length);
      this.#views.set(key, view);
    }
    return view;
  }
}
