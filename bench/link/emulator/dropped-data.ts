import { countOf, dseqOf, seqOf } from '../../../src/transports/datagram/wire.js';
import type { PackedBook } from '../packed-book.js';

/**
 * Data datagrams that did not reach their client, of all clients in one list of fixed size, in the
 * order in which that was known. What finds no place in it is counted.
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

  /** Views of what goes on being listed. */
  pack(): Pick<PackedBook, 'unlisted' | 'dropped'> {
    return {
      unlisted: this.#unlisted,
      dropped: {
        client: this.#client.subarray(0, this.#size),
        dseq: this.#dseq.subarray(0, this.#size),
        seq: this.#seq.subarray(0, this.#size),
        count: this.#count.subarray(0, this.#size),
      },
    };
  }
}
