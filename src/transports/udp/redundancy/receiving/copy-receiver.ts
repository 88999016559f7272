import type { Arrival } from '../../../datagram/data-reader.js';
import { countOf, dseqOf, PACKET, seqOf } from '../../../datagram/wire.js';
import type { HandOn, ReceiverParts, RedundantReceiver } from './redundant-receiver.js';
import { RepairAccount } from './repair-account.js';

/** Takes copies in: hands on the first that comes of a datagram that is missing. */
export class CopyReceiver implements RedundantReceiver {
  handOn: HandOn = () => false;
  readonly #parts: ReceiverParts;
  readonly #account: RepairAccount;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.#account = new RepairAccount(parts);
  }

  get bursts(): number {
    return this.#account.bursts;
  }

  arrived(bytes: Buffer, at: number): Arrival {
    return this.#account.arrived(this.#account.numberOf(dseqOf(bytes, at)), countOf(bytes, at));
  }

  settle(): void {}

  announced(dseq: number): void {
    this.#account.told(dseq);
  }

  take(type: number, bytes: Buffer): boolean {
    const seq = seqOf(bytes);
    const count = countOf(bytes);
    const sound = type === PACKET.repair && seq >= 1 && count >= 1 && Number.isSafeInteger(seq);
    if (!sound) return false;
    const account = this.#account;
    const { counters } = this.#parts;
    const number = account.numberOf(dseqOf(bytes));
    counters.redundant += 1;
    if (account.isMissing(number))
      return account.bringBack(number, count, (isLate) => this.handOn(bytes, isLate));
    counters.unused += 1;
    return true;
  }
}
