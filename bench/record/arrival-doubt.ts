/** An arrival that may be wrong by less is taken as it is. */
const LEAST_MICROS = 1_000;
/** Reads over which the typical latency is averaged, later ones weighing more. */
const READS = 4_096;

/**
 * Which deliveries over a stream have no time of arrival. The kernel keeps the stamp of the last
 * segment that a read finds. Where the process was away meanwhile, the messages before the last may
 * have come earlier by up to that long, and their arrival would be the process's own: it is not
 * known where that error may be above 1 ms and above the typical latency.
 */
export class ArrivalDoubt {
  /** µs: of the last message of each read, whose arrival the stamp is. */
  #typical = 0;

  /**
   * `messages` came after `unreadSince` (0 = not known: no doubt) and by `arrivedAt`, which the
   * kernel has stamped, or is the time of the read; `latency`: of the last of them. µs.
   */
  isUnknown(
    messages: number,
    isStamped: boolean,
    arrivedAt: number,
    unreadSince: number,
    latency: number,
  ): boolean {
    if (unreadSince === 0) return false;
    if (isStamped) {
      this.#typical += (latency - this.#typical) / READS;
      // One alone is the one with the stamp.
      if (messages === 1) return false;
    }
    return arrivedAt - unreadSince > Math.max(LEAST_MICROS, this.#typical);
  }
}
