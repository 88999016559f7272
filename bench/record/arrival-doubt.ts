/** An arrival that may be wrong by less is taken as it is. */
const LEAST_MICROS = 1_000;
/** Of a latency: so does one that may be wrong by no more than this share of it. */
const LEAST_SHARE = 0.25;
/** Reads over which the typical latency is averaged, later ones weighing more. */
const READS = 4_096;

/**
 * Which deliveries over a stream have no time of arrival. The kernel keeps the stamp of the last
 * segment that a read finds. Where the process was away meanwhile, the messages before the last may
 * have come earlier by up to that long, and their arrival would be the process's own: it is not
 * known where that error may be above 1 ms, above the typical latency, and above a quarter of that
 * of the first of them. So what a server sent late stays in, though it keeps the process busy.
 */
export class ArrivalDoubt {
  /** µs: of the last message of each read, whose arrival the stamp is. */
  #typical = 0;

  /**
   * `messages` came after `unreadSince` (0 = not known: no doubt) and by `arrivedAt`, which the
   * kernel has stamped, or is the time of the read; `first`, `last`: the latencies of the first and
   * the last of them, if they came then. µs.
   */
  isUnknown(
    messages: number,
    isStamped: boolean,
    arrivedAt: number,
    unreadSince: number,
    first: number,
    last: number,
  ): boolean {
    if (unreadSince === 0) return false;
    if (isStamped) {
      this.#typical += (last - this.#typical) / READS;
      // One alone is the one with the stamp.
      if (messages === 1) return false;
    }
    const allowed = Math.max(LEAST_MICROS, this.#typical, first * LEAST_SHARE);
    return arrivedAt - unreadSince > allowed;
  }
}
