import { indexAt, overlap, type Range } from '../../src/metrics/range.js';

/** Losses remembered one by one; beyond that neighbours are taken together. */
const MAX_LOSSES = 1_024;

/** Messages between two that came, and how many of them and of the datagrams there are missing. */
interface Loss extends Range {
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
 * losses take memory. They are not a GapSet: a loss keeps its range whatever comes of it.
 */
export class LostDatagrams {
  /** Ascending. */
  readonly #losses: Loss[] = [];
  #lost = 0;
  /** Lost since the newest message, so right before what comes next. */
  #fresh = 0;
  /** The read under way is a datagram that was counted as lost. */
  #wasLost = false;
  readonly #border: number;

  /** `border`: no loss spans it, so that what is before it tells from what is behind; NaN: none. */
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
    // Below 0: one that was counted in some loss has come, with no message in it that tells which.
    if (datagrams <= 0) return;
    this.#fresh = 0;
    if (start < this.#border && this.#border < end) {
      // One may span the border itself.
      const perMessage = datagrams / (end - start);
      this.#add(start, this.#border - 1, Math.ceil(perMessage * (this.#border - start)));
      this.#add(this.#border, end - 1, Math.ceil(perMessage * (end - this.#border)));
    } else this.#add(start, end - 1, datagrams);
    if (this.#losses.length > MAX_LOSSES) this.#merge();
  }

  /** A message from before the newest one has come; `isNew`: for the first time. */
  late(seq: number, isNew: boolean): void {
    if (!isNew && !this.#wasLost) return;
    const loss = this.#at(seq);
    if (this.#wasLost) {
      this.#wasLost = false;
      // It was not among those lost since the newest message.
      this.#fresh += 1;
      if (loss !== undefined) loss.datagrams -= 1;
    }
    if (isNew && loss !== undefined) loss.messages -= 1;
  }

  /**
   * Of the messages `[first, last]`. `next`: the one after the newest; `lost`: as of now, so that
   * the tail counts; `most`: most messages that anybody found in one.
   */
  within(first: number, last: number, next: number, lost: number, most: number): InLostDatagrams {
    let messages = 0;
    let datagrams = 0;
    for (const loss of this.#losses) {
      const inside = overlap(loss.from, loss.to, first, last);
      if (inside === 0) continue;
      const share = Math.ceil((loss.datagrams * inside) / (loss.to - loss.from + 1));
      messages += Math.min(inside, loss.messages, share * most);
      datagrams += share;
    }
    const tail = overlap(next, last, first, last);
    const fresh = this.#fresh + lost - this.#lost;
    if (tail > 0 && fresh > 0) {
      messages += Math.min(tail, fresh * most);
      datagrams += fresh;
    }
    // Some may have come late with nothing in them that tells from which place.
    return { messages: Math.min(messages, lost * most), datagrams: Math.min(datagrams, lost) };
  }

  #at(seq: number): Loss | undefined {
    const loss = this.#losses[indexAt(this.#losses, seq)];
    return loss !== undefined && loss.from <= seq ? loss : undefined;
  }

  #add(from: number, to: number, datagrams: number): void {
    if (from <= to) this.#losses.push({ from, to, messages: to - from + 1, datagrams });
  }

  #count(lost: number): void {
    this.#wasLost = lost < this.#lost;
    this.#fresh += lost - this.#lost;
    this.#lost = lost;
  }

  #merge(): void {
    const losses = this.#losses.splice(0);
    for (let i = 0; i < losses.length; i++) {
      const [one, other] = [losses[i] as Loss, losses[i + 1]];
      const isAtBorder = other !== undefined && one.to < this.#border && other.from >= this.#border;
      if (other === undefined || isAtBorder) {
        this.#losses.push(one);
        continue;
      }
      i += 1;
      this.#losses.push({
        from: one.from,
        to: other.to,
        messages: one.messages + other.messages,
        datagrams: one.datagrams + other.datagrams,
      });
    }
  }
}
