import { STOCK_BUFFER_BYTES } from '../datagram/size.js';

/**
 * How much of what a subscriber is owed at once it may be sent before it has said that it has taken
 * what was sent before. Numbers of datagrams, times in µs of the clock.
 */

/**
 * Of a receive buffer a full datagram is reckoned to use so much: the kernel counts its own
 * bookkeeping (on Linux 2,304 bytes for 1,200 over loopback, up to a page over a network).
 */
export const RECKONED_BYTES = 4_096;
/** Datagrams that may be on their way at first, as long as nothing is known of the way. */
export const FIRST_WINDOW = 16;
/** With however large a buffer; and with however much loss. */
export const LARGEST_WINDOW = 256;
export const LEAST_WINDOW = 2;
/** Of a window that is large, fewer are not sent by themselves. */
export const LEAST_SEND = 16;
const LARGE_WINDOW = 4 * LEAST_SEND;
/**
 * After so long without an answer one datagram more is sent to ask again; then after twice that.
 */
export const ASK_AGAIN_US = 200_000;
export const LONGEST_ASK_AGAIN_US = 1_000_000;
/**
 * An answer later than the fastest by no more than this shows that the client reads as it comes.
 */
export const PROMPT_US = 20_000;
/** A client that reports only once a second is taken to have read a window after this long. */
export const UNANSWERED_US = 50_000;

/** What a client has said of itself in SUBSCRIBE. */
export interface PacingOptions {
  /** Its SO_RCVBUF as its kernel reports it; 0 = not told, and then it reports on its own only. */
  readonly receiveBufferBytes: number;
}

/** The part of a REPORT that counts here. */
export interface Taken {
  /** The low 32 bits of the highest number received. */
  readonly highest: number;
  /** Datagrams missing so far, modulo 2^32. */
  readonly lost: number;
}

/**
 * A bucket of datagrams: sending takes one out, a REPORT puts back those up to the highest
 * received. Its size, the window, is at most what the client's receive buffer holds: however slowly
 * that reads, the buffer does not run over. It begins small, doubles with each window that arrives
 * promptly, and is halved when something of one is lost (as RFC 5681 does; nothing is sent again).
 *
 * Once a subscriber is in step, and has answered promptly or at least without a new loss (an answer
 * is late as well where it is this process that reads it late), or has nothing on its way, its
 * bucket is full before every flush:
 * live traffic is not paced, unless one flush has more for it than its buffer holds.
 */
export class Pacing {
  readonly #limit: number;
  readonly #answers: boolean;
  #window: number;
  /** From here on the window grows by one per window, not by one per datagram. */
  #threshold = LARGEST_WINDOW;
  /** Datagrams that may be on their way: the window, and what is beside the buffer. */
  #size: number;
  /** On the path itself at the rate of the live feed, and sent to ask again. */
  #onPath = 0;
  #again = 0;
  /** Datagrams sent; up to which one they are off the way again; the last one that asked. */
  #sent = 0;
  #taken = 0;
  #asked = 0;
  #askedAt = 0;
  #lost = 0;
  /** What was lost among the datagrams up to here has halved the window already. */
  #recovered = 0;
  /** A number that is timed, and when it was sent; 0 = none is. */
  #timed = 0;
  #timedAt = 0;
  /** The fastest so far, and the last one, which was prompt when it was about as fast. */
  #roundTripUs = Number.POSITIVE_INFINITY;
  #lastUs = 0;
  #prompt = false;
  /** The last answer told of no loss that was not known. */
  #intact = false;
  /** Datagrams that the live feed takes in a microsecond. */
  #livePerUs = 0;
  #patienceUs = ASK_AGAIN_US;
  /** In step, with nothing more to wait for; else in step, and the next datagram is to ask. */
  #live = false;
  #asksNext = false;
  /** It is never live. */
  #isReduced = false;

  constructor({ receiveBufferBytes }: PacingOptions) {
    this.#answers = receiveBufferBytes > 0;
    this.#limit = windowOf(this.#answers ? receiveBufferBytes : STOCK_BUFFER_BYTES);
    this.#window = this.#answers ? Math.min(FIRST_WINDOW, this.#limit) : this.#limit;
    this.#size = this.#window;
  }

  /** The fastest so far, µs; infinite as long as none is known. */
  get roundTripUs(): number {
    return this.#roundTripUs;
  }

  /**
   * From now on what is live waits for REPORTs, too, with half the window as it was; or no longer.
   */
  reduce(isReduced: boolean): void {
    this.#isReduced = isReduced;
    if (!isReduced) return;
    this.#live = false;
    this.#window = Math.max(LEAST_WINDOW, this.#window / 2);
    this.#threshold = this.#window;
    this.#resize();
  }

  /**
   * Datagrams that may be sent now; when there is none left, it is to wait. One that catches up
   * with a large window waits until a good many fit in: in small sends a busy server would never
   * catch up (RFC 1122 §4.2.3.4 has the same of TCP).
   */
  get room(): number {
    const left = this.#size - (this.#sent - this.#taken);
    const isScarce = left < LEAST_SEND && this.#size >= LARGE_WINDOW;
    return isScarce && !this.#live && this.#again === 0 ? 0 : left;
  }

  /**
   * One goes out at `now`. True when it is to ask for a REPORT: that for which the client's buffer
   * may be full, and of one that catches up the half of a window.
   */
  send(now: number): boolean {
    this.#sent += 1;
    if (this.#sent - this.#taken < this.#size) {
      if (this.#live) return false;
      const sinceAsked = this.#sent - Math.max(this.#asked, this.#taken);
      if (sinceAsked < this.#size / 2 && !this.#asksNext) return false;
    }
    if (this.#live) {
      this.#prompt = false;
      this.#intact = false;
    }
    this.#live = false;
    this.#asksNext = false;
    this.#asked = this.#sent;
    this.#askedAt = now;
    if (this.#timed > 0) return true;
    this.#timed = this.#sent;
    this.#timedAt = now;
    return true;
  }

  /** Everything has been sent: what comes next is live, as soon as the client keeps up. */
  inStep(): void {
    if (!this.#live) {
      this.#asksNext = this.#timed === 0;
      if (this.#isReduced) return;
      const isKnown = this.#prompt || this.#intact || this.#sent === this.#taken;
      if (this.#answers && !isKnown) return;
      this.#goLive();
    }
    this.#taken = this.#sent;
  }

  #goLive(): void {
    this.#live = true;
    this.#asksNext = false;
    this.#window = this.#limit;
    this.#threshold = this.#limit;
    this.#timed = 0;
    this.#calm();
    this.#onPath = 0;
    this.#resize();
  }

  reported({ highest, lost }: Taken, now: number): void {
    const growth = (lost - this.#lost) | 0;
    this.#lost = lost;
    if (this.#taken === this.#sent) return;
    // Of a number that was never sent it comes out far below what is known already.
    const taken = this.#sent - ((this.#sent - highest) >>> 0);
    const fresh = Math.max(0, taken - this.#taken);
    if (fresh > 0) {
      this.#taken = taken;
      this.#calm();
      if (this.#timed > 0 && taken >= this.#timed) {
        const roundTrip = Math.max(0, now - this.#timedAt);
        this.#roundTripUs = Math.min(this.#roundTripUs, roundTrip);
        this.#lastUs = roundTrip;
        this.#prompt = roundTrip <= this.#roundTripUs + PROMPT_US;
        this.#timed = 0;
      }
    }
    this.#intact = growth <= 0;
    if (growth > 0) this.#shrink(taken);
    else if (!this.#answers) this.#grow(this.#window / 4);
    else if (this.#mayGrow)
      this.#grow(this.#window < this.#threshold ? fresh : fresh / this.#window);
    this.#resize();
  }

  /**
   * Looks after what did not come. `livePerUs`: datagrams of this size that are published in a
   * microsecond: twice as many fit on the path beside the buffer, so that a subscriber gets more
   * than comes meanwhile, however long the path is.
   */
  tick(now: number, livePerUs: number): void {
    this.#livePerUs = livePerUs;
    if (Number.isFinite(this.#roundTripUs))
      this.#onPath = Math.min(LARGEST_WINDOW, Math.floor(2 * livePerUs * this.#roundTripUs));
    this.#resize();
    if (this.room > 0) return;
    const waited = now - this.#askedAt;
    if (!this.#answers) {
      if (waited >= UNANSWERED_US) this.#taken = this.#sent;
    } else if (waited >= this.#patienceUs) {
      this.#patienceUs = Math.min(LONGEST_ASK_AGAIN_US, this.#patienceUs * 2);
      this.#askedAt = now;
      this.#again = this.#sent - this.#taken - this.#size + this.#again + 1;
      this.#resize();
    }
  }

  /**
   * What takes longer to be answered than it could lies in a queue, of a router or of the client,
   * and more would only lie there longer, or be dropped. But it has to be more than the live feed.
   */
  get #mayGrow(): boolean {
    return this.#prompt || this.#window < 2 * this.#livePerUs * this.#lastUs;
  }

  #grow(step: number): void {
    this.#window = Math.min(this.#limit, this.#window + step);
  }

  #shrink(taken: number): void {
    if (this.#answers && taken <= this.#recovered) return;
    this.#recovered = this.#sent;
    this.#threshold = Math.max(LEAST_WINDOW, this.#window / 2);
    this.#window = this.#threshold;
  }

  /** It has answered. */
  #calm(): void {
    this.#patienceUs = ASK_AGAIN_US;
    this.#again = 0;
  }

  #resize(): void {
    this.#size = Math.floor(this.#window) + this.#onPath + this.#again;
  }
}

/** Datagrams of the full size that a receive buffer holds. */
function windowOf(bufferBytes: number): number {
  const whole = Math.floor(bufferBytes / RECKONED_BYTES);
  return Math.min(LARGEST_WINDOW, Math.max(LEAST_WINDOW, whole));
}
