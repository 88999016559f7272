import { overlap } from './sequence-account.js';

/** Holes remembered one by one; beyond that neighbours are taken together. */
const MAX_HOLES = 1_024;

/** Missing messages between two that came, and how many datagrams are missing in the same place. */
interface Hole {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  messages: number;
  datagrams: number;
}

/** What lost datagrams may have held. */
export interface InLostDatagrams {
  /**
   * Missing messages in places where datagrams are missing as well, never more than so many
   * datagrams can hold.
   */
  readonly messages: number;
  /** How many datagrams. */
  readonly datagrams: number;
}

/**
 * Which missing messages of one subscriber were in datagrams that are missing, too. The datagrams'
 * own numbers tell: where messages are missing and no datagram is, it was not the network, nor a
 * full buffer. `lost` is the count of lost datagrams so far; it falls when one comes late. Only
 * losses take memory.
 */
export class LostDatagrams {
  /** Ascending. */
  readonly #holes: Hole[] = [];
  #lost = 0;
  /** Lost since the newest message, so right before what comes next. */
  #fresh = 0;
  /** The read under way is a datagram that was counted as lost. */
  #wasLost = false;
  readonly #border: number;

  /** `border`: no hole spans it, so that what is before it tells from what is behind; NaN: none. */
  constructor(border: number) {
    this.#border = border;
  }

  /** A read begins, or a heartbeat has come. */
  begin(lost: number): void {
    if (lost === this.#lost) this.#wasLost = false;
    else this.#count(lost);
  }

  /** Something newer than all before has come: message `end`, where `start` was expected. */
  passed(start: number, end: number): void {
    const datagrams = this.#fresh;
    // Below 0: one that was counted in some hole has come, with no message in it that tells which.
    if (datagrams <= 0) return;
    this.#fresh = 0;
    if (start < this.#border && this.#border < end) {
      // One may span the border itself.
      const perMessage = datagrams / (end - start);
      this.#add(start, this.#border, Math.ceil(perMessage * (this.#border - start)));
      this.#add(this.#border, end, Math.ceil(perMessage * (end - this.#border)));
    } else this.#add(start, end, datagrams);
    if (this.#holes.length > MAX_HOLES) this.#merge();
  }

  /** A message from before the newest one has come; `isNew`: for the first time. */
  late(seq: number, isNew: boolean): void {
    if (!isNew && !this.#wasLost) return;
    const hole = this.#holes.findLast(({ start, end }) => start <= seq && seq < end);
    if (this.#wasLost) {
      this.#wasLost = false;
      // It was not among those lost since the newest message.
      this.#fresh += 1;
      if (hole !== undefined) hole.datagrams -= 1;
    }
    if (isNew && hole !== undefined) hole.messages -= 1;
  }

  /**
   * Of the messages `[first, last]`. `next`: the one after the newest; `lost`: as of now, so that
   * the tail counts; `most`: most messages that anybody found in one.
   */
  within(first: number, last: number, next: number, lost: number, most: number): InLostDatagrams {
    let messages = 0;
    let datagrams = 0;
    for (const hole of this.#holes) {
      const inside = overlap(hole.start, hole.end, first, last + 1);
      if (inside === 0) continue;
      const share = Math.ceil((hole.datagrams * inside) / (hole.end - hole.start));
      messages += Math.min(inside, hole.messages, share * most);
      datagrams += share;
    }
    const tail = overlap(next, last + 1, first, last + 1);
    const fresh = this.#fresh + lost - this.#lost;
    if (tail > 0 && fresh > 0) {
      messages += Math.min(tail, fresh * most);
      datagrams += fresh;
    }
    // Some may have come late with nothing in them that tells from which place.
    return { messages: Math.min(messages, lost * most), datagrams: Math.min(datagrams, lost) };
  }

  #add(start: number, end: number, datagrams: number): void {
    if (start < end) this.#holes.push({ start, end, messages: end - start, datagrams });
  }

  #count(lost: number): void {
    this.#wasLost = lost < this.#lost;
    this.#fresh += lost - this.#lost;
    this.#lost = lost;
  }

  #merge(): void {
    const holes = this.#holes.splice(0);
    for (let i = 0; i < holes.length; i += 2) {
      const [one, other] = [holes[i] as Hole, holes[i + 1]];
      if (other === undefined) this.#holes.push(one);
      else
        this.#holes.push({
          start: one.start,
          end: other.end,
          messages: one.messages + other.messages,
          datagrams: one.datagrams + other.datagrams,
        });
    }
  }
}
