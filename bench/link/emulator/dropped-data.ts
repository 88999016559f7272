import { countOf, dseqOf, seqOf } from '../../../src/transports/datagram/wire.js';
import type { DroppedDatagrams } from '../link-book.js';

/**
 * Data datagrams that did not reach their client, of all clients in one list of fixed size, in the
 * order in which they were offered. What finds no place in it is counted.
 */
export class DroppedData {
  readonly #most: number;
  readonly #client: Int32Array;
  readonly #dseq: Uint32Array;
  readonly #seq: Float64Array;
  readonly #count: Uint16Array;
  readonly #unlisted: Uint32Array;
  #size = 0;

  constructor(clients: number, most: number) {
    this.#most = most;
    this.#client = new Int32Array(most);
    this.#dseq = new Uint32Array(most);
    this.#seq = new Float64Array(most);
    this.#count = new Uint16Array(most);
    this.#unlisted = new Uint32Array(clients);
  }

  /** `at`: where the header of the lab's datagram begins. */
  add(client: number, bytes: Buffer, at: number): void {
    if (this.#size === this.#most) {
      this.addUnlisted(client);
      return;
    }
    const place = this.#size++;
    this.#client[place] = client;
    this.#dseq[place] = dseqOf(bytes, at);
    this.#seq[place] = seqOf(bytes, at);
    this.#count[place] = countOf(bytes, at);
  }

  /** One of which nobody can say which it is. */
  addUnlisted(client: number): void {
    this.#unlisted[client] = (this.#unlisted[client] as number) + 1;
  }

  /** Client by client. */
  lists(): DroppedDatagrams[] {
    const lists = Array.from(this.#unlisted, (unlisted) => ({
      dseq: [] as number[],
      seq: [] as number[],
      count: [] as number[],
      unlisted,
    }));
    for (let place = 0; place < this.#size; place++) {
      const list = lists[this.#client[place] as number] as (typeof lists)[number];
      list.dseq.push(this.#dseq[place] as number);
      list.seq.push(this.#seq[place] as number);
      list.count.push(this.#count[place] as number);
    }
    return lists;
  }
}
