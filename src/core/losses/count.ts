/** Remembers by which epoch of the count it was counted last. */
interface Loser {
  lossEpoch: number;
}

/** Losses of the subscribers of a broadcast between two looks at them. */
export interface Losses {
  /** Subscribers whose policy skipped messages. */
  readonly clients: number;
  /** Messages, summed over them. */
  readonly messages: number;
}

/** Counts what the policies of subscribers skip, and each subscriber once between two looks. */
export class LossCount {
  #epoch = 1;
  #clients = 0;
  #messages = 0;

  add(subscriber: Loser, messages: number): void {
    if (messages === 0) return;
    this.#messages += messages;
    if (subscriber.lossEpoch === this.#epoch) return;
    subscriber.lossEpoch = this.#epoch;
    this.#clients += 1;
  }

  /** What was lost since the last call. */
  take(): Losses {
    const losses = { clients: this.#clients, messages: this.#messages };
    this.#epoch += 1;
    this.#clients = 0;
    this.#messages = 0;
    return losses;
  }
}
