/** Beyond those that a datagram sent explains: some may be left of an earlier user of the port. */
const UNEXPLAINED = 16;

/**
 * Tells an error of one datagram, which the next read is free of, from one that lasts: a socket
 * that cannot be read stays readable, and its process would do nothing but try.
 */
export class ReceiveErrors {
  #left = UNEXPLAINED;

  /** A datagram was sent, and may be refused. */
  sent(): void {
    if (this.#left < UNEXPLAINED) this.#left += 1;
  }

  /** A read did not fail. */
  received(): void {
    this.#left = UNEXPLAINED;
  }

  /** A read failed. True once too many have: then it is no use to read again. */
  failed(): boolean {
    this.#left -= 1;
    return this.#left < 0;
  }
}
