/**
 * How far the clock of a server that is not ours is ahead of ours, as an interval that holds it for
 * certain: the first live message of a subscription was published after it was asked for and before
 * it came. All such intervals hold the same difference: it lies where they overlap.
 */
import type { Codec } from '../../src/codecs/codec.js';
import type { Clock } from '../../src/core/clock.js';
import type { ControlMessage } from '../../src/core/message.js';
import type { Receiver, Transport } from '../../src/transports/transport.js';
import type { ClockOffset } from '../cell-record.js';
import type { Target } from '../config.js';

export const UNKNOWN_OFFSET: ClockOffset = {
  min: Number.NEGATIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
};

/** Exchanges, one after the other: the quickest counts. */
const EXCHANGES = 24;
const LONGEST_MS = 500;

/** Both hold the same difference. */
export function narrowed(a: ClockOffset, b: ClockOffset): ClockOffset {
  return { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) };
}

/**
 * Subscribes again and again, for half a second at most. Not to a group, whose server answers
 * nobody. Never throws: a server that refuses one more client tells nothing.
 */
export async function boundClockOffset(
  { endpoint }: Target,
  transport: Transport,
  codec: Codec,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClockOffset> {
  let known = UNKNOWN_OFFSET;
  if (transport.multicast === true) return known;
  const until = clock.now() + LONGEST_MS * 1_000;
  for (let i = 0; i < EXCHANGES && clock.now() < until && !signal.aborted; i++) {
    const leftMs = Math.max(1, Math.round((until - clock.now()) / 1_000));
    const first = new FirstLive(codec, clock);
    try {
      const subscription = await transport.connect(endpoint, {
        codec,
        clock,
        receiver: first,
        timeoutMs: leftMs,
        signal,
        // From now on: a snapshot tells nothing of the clock.
        fromSeq: Number.MAX_SAFE_INTEGER,
      });
      const expiry = clock.setTimeout(() => first.give(UNKNOWN_OFFSET), leftMs);
      void subscription.closed.then(() => first.give(UNKNOWN_OFFSET));
      known = narrowed(known, await first.offset);
      expiry.cancel();
      await subscription.close();
    } catch {
      break;
    }
  }
  return known;
}

/** Waits for the first message that was published for this subscription. */
class FirstLive implements Receiver {
  readonly offset: Promise<ClockOffset>;
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #askedAt: number;
  #give: (offset: ClockOffset) => void = () => {};
  #next: number = Number.POSITIVE_INFINITY;
  #bytes: Buffer = Buffer.alloc(0);
  #now = 0;

  constructor(codec: Codec, clock: Clock) {
    this.#codec = codec;
    this.#clock = clock;
    this.#askedAt = clock.now();
    this.offset = new Promise((resolve) => {
      this.#give = resolve;
    });
  }

  give(offset: ClockOffset): void {
    this.#give(offset);
  }

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#now = this.#clock.now();
  }

  message(seq: number, start: number, end: number): void {
    if (seq < this.#next) return;
    this.#next = Number.POSITIVE_INFINITY;
    const stamp = this.#codec.timeAt(this.#bytes, start, end);
    // Stamps are whole µs, cut.
    this.#give({ min: stamp - this.#now, max: stamp + 1 - this.#askedAt });
  }

  end(): void {}

  control(control: ControlMessage): void {
    if (control.control === 'welcome') this.#next = control.next;
  }
}
