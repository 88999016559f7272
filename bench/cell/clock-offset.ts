/**
 * How far the clock of a server that is not ours is ahead of ours, as an interval that holds it for
 * certain. A server that tells its clock when it answers gives one at once; of another the first
 * live message of a subscription was published after it was asked for and before it came. All such
 * intervals hold the same difference: it lies where they overlap.
 */
import type { Codec } from '../../src/codecs/codec.js';
import { loadCodec } from '../../src/codecs/registry.js';
import type { Clock } from '../../src/core/clock.js';
import type { ControlMessage } from '../../src/core/message.js';
import { loadTransport } from '../../src/transports/registry.js';
import type { Receiver } from '../../src/transports/transport.js';
import type { TargetCell } from '../config.js';
import { type ClockOffset, narrowed, offsetOf, UNKNOWN_OFFSET } from '../workload/clock-offset.js';

/** Exchanges, one after the other: the quickest counts. */
const EXCHANGES = 24;
const LONGEST_MS = 500;

/** The same difference by two witnesses. */
interface Witnesses {
  /** By the server's own clock, as it tells it. */
  readonly told: ClockOffset;
  /** By the stamps in the messages, which may be of another clock. */
  readonly stamped: ClockOffset;
}

/**
 * Subscribes again and again, for half a second at most. Not to a group, whose server answers
 * nobody. Never throws: a server that refuses one more client tells nothing.
 */
export async function boundClockOffset(
  { target, codec: codecName }: Pick<TargetCell, 'target' | 'codec'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Witnesses> {
  const { endpoint } = target;
  const transport = await loadTransport(target.transport);
  const codec = await loadCodec(codecName);
  let [told, stamped] = [UNKNOWN_OFFSET, UNKNOWN_OFFSET];
  if (transport.multicast === true) return { told, stamped };
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
      const { exchanges = [] } = subscription;
      told = narrowed(told, offsetOf(exchanges));
      // Each second one of a server that tells its clock: a slow feed has few messages.
      if (exchanges.length > 0 && i % 2 === 1) first.give(UNKNOWN_OFFSET);
      const expiry = clock.setTimeout(() => first.give(UNKNOWN_OFFSET), leftMs);
      void subscription.closed.then(() => first.give(UNKNOWN_OFFSET));
      stamped = narrowed(stamped, await first.offset);
      expiry.cancel();
      await subscription.close();
    } catch {
      break;
    }
  }
  return { told, stamped };
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
