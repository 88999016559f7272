/**
 * What is still under way when the deadline has passed: brought to its end, so that the accounts
 * can say what became of it.
 */
import type { Clock } from '../../src/core/clock.js';
import type { ReadText } from '../../src/kernel/read-text.js';
import { udpUnread } from '../../src/kernel/udp-sockets.js';
import { dropsKey } from './receive-drops.js';
import type { BenchSubscriber } from './subscriber.js';

/** Time enough for any queue that a machine which gets on at all still has. */
const LONGEST_MS = 2_000;
const LOOK_MS = 10;
/**
 * Each leaves the sockets a turn: a process that got no CPU for a while has not sent anything
 * either.
 */
const QUIET_LOOKS = 3;

/**
 * Until `sends` has stopped growing: a server in arrears sends on after its last publishing. Gives
 * up after 2 s.
 */
export async function awaitSendIdle(sends: () => number, clock: Clock): Promise<void> {
  const giveUp = clock.now() + LONGEST_MS * 1_000;
  for (let quiet = 0, before = sends(); quiet < QUIET_LOOKS && clock.now() < giveUp; ) {
    await sleep(clock);
    const now = sends();
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
}

/**
 * Until these subscribers have read what waits in the receive buffers of their UDP sockets: it
 * came, if late, and neither was it dropped nor is it lost. Gives up after 2 s; at once where the
 * platform does not tell.
 */
export async function awaitReceiveEmpty(
  subscribers: readonly BenchSubscriber[],
  sharesPorts: boolean,
  clock: Clock,
  read?: ReadText,
): Promise<void> {
  const giveUp = clock.now() + LONGEST_MS * 1_000;
  const keys = new Set(subscribers.map(({ subscription }) => dropsKey(subscription)));
  while (clock.now() < giveUp && (await udpUnread(keys, sharesPorts ? 'inode' : 'port', read)))
    await sleep(clock);
}

/**
 * After the deadline of a window whose reads are stamped: what had arrived by then may lie in the
 * sockets yet, and is not late. To be asked at every look, 10 ms apart.
 */
export class UnreadAtDeadline {
  readonly #deadline: number;
  #before = -1;
  #quiet = 0;

  /** µs since the epoch. */
  constructor(deadline: number) {
    this.#deadline = deadline;
  }

  /**
   * Nothing more is to be expected: `delivered` has not grown for three looks after the deadline,
   * or it is 2 s ago. Without stamps what is read after the deadline is late.
   */
  isOver(now: number, delivered: number, stamped: boolean): boolean {
    if (now < this.#deadline) return false;
    if (!stamped || now >= this.#deadline + LONGEST_MS * 1_000) return true;
    this.#quiet = delivered === this.#before ? this.#quiet + 1 : 0;
    this.#before = delivered;
    return this.#quiet >= QUIET_LOOKS;
  }
}

function sleep(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, LOOK_MS);
  });
}
