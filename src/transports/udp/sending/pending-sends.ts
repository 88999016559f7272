import type { TrainPlan } from '../../datagram/train-plan.js';
import {
  DSEQ_WORD,
  FLAGS_WORD,
  HEADER_BYTES,
  HEADER_WORDS,
  SEND_TIME_WORD,
  withFlags,
  writePadding,
} from '../../datagram/wire.js';
import { MessageBatch } from '../../native/message-batch.js';
import type { Native } from '../../native/native.js';
import type { Target } from './sender.js';

const TWO_32 = 2 ** 32;
/** No segment of the next send goes by itself. */
export const WHOLE = -1;

/**
 * The sends of one batch: what each carries and for whom, written where the kernel reads it, and
 * how far the kernel has taken them. The header of a train is written once for all who are at the
 * same place: only flags, `dseq` and `sendTime` are patched in.
 */
export class PendingSends {
  /** Sends `[from, count)` are to be handed over. */
  from = 0;
  count = 0;
  readonly #batch: MessageBatch;
  /** Of each send: its messages; its train, unless it is a packet by itself; whose. */
  readonly #messages: Uint32Array;
  readonly #plans: (TrainPlan | undefined)[];
  readonly #targets: (Target | undefined)[];
  #segment = WHOLE;
  /** Sends whose content is still referenced. */
  #used = 0;

  /** Room for `size` sends of at most `segments` datagrams, on a socket of `family`. */
  constructor(native: Native, size: number, family: 4 | 6, segments: number) {
    this.#batch = new MessageBatch(native, size, HEADER_BYTES, family, segments);
    this.#messages = new Uint32Array(size);
    this.#plans = Array.from({ length: size }, () => undefined);
    this.#targets = Array.from({ length: size }, () => undefined);
  }

  /** Nothing is left to be handed over. */
  get areTaken(): boolean {
    return this.from === this.count;
  }

  /** Of the next send, the segment that goes by itself next, or `WHOLE`. */
  get segment(): number {
    return this.#segment;
  }

  /** Where the header of the next send is written, if it is a packet by itself. */
  get header(): Buffer {
    return this.#batch.heads[this.count] as Buffer;
  }

  /** Makes `payload`, behind `header`, the send at `count`; it is not counted yet. */
  setPayload(payload: Buffer, messages: number, to: Target): void {
    this.#batch.set(this.count, payload, to.sockaddr);
    this.#set(undefined, messages, to);
  }

  /** The same for a train; the flags of its first datagram are at `first`. */
  setPlan(plan: TrainPlan, flags: Uint8Array, first: number, dseq: number, to: Target): void {
    this.#batch.setSegments(this.count, plan, to.sockaddr);
    const { words } = this.#batch;
    const { heads } = plan;
    const count = plan.payloads.length;
    for (let i = 0; i < count; i++) {
      const at = this.#batch.headAt(this.count, i);
      const word = heads[i * HEADER_WORDS + FLAGS_WORD] as number;
      words[at + FLAGS_WORD] = withFlags(word, flags[first + i] as number);
      words[at + DSEQ_WORD] = dseq + i;
    }
    this.#set(plan, plan.messages, to);
  }

  /**
   * Hands what is left to the kernel, or the next segment that goes by itself, dated `now` (µs
   * since the epoch): how many sends it took, or minus errno if not even the first.
   */
  handOver(fd: number, now: number): number {
    const to = this.#segment === WHOLE ? this.count : this.from + 1;
    const low = now >>> 0;
    const high = Math.floor(now / TWO_32);
    const { words } = this.#batch;
    for (let i = this.from; i < to; i++) {
      const segments = this.segmentsOf(i);
      for (let segment = 0; segment < segments; segment++) {
        const at = this.#batch.headAt(i, segment) + SEND_TIME_WORD;
        words[at] = low;
        words[at + 1] = high;
      }
    }
    return this.#batch.send(fd, this.from, to);
  }

  planOf(index: number): TrainPlan | undefined {
    return this.#plans[index];
  }

  targetOf(index: number): Target {
    return this.#targets[index] as Target;
  }

  /** Datagrams that the kernel cuts a send into. */
  segmentsOf(index: number): number {
    return this.#plans[index]?.payloads.length ?? 1;
  }

  messagesOf(index: number): number {
    return this.#messages[index] as number;
  }

  messagesIn(index: number, segment: number): number {
    return this.#plans[index]?.counts[segment] ?? this.messagesOf(index);
  }

  /** The head of a segment, which goes by itself and so without padding. */
  bareHead(index: number, segment: number): Buffer {
    const head = this.#batch.head(index, segment);
    writePadding(head, 0);
    return head;
  }

  /** The segments of the next send go one by one. */
  takeApart(): void {
    this.#narrow(0);
  }

  /** Goes on behind the next send, or behind the segment of it that goes by itself. */
  pass(): void {
    const next = this.#segment + 1;
    if (this.#segment !== WHOLE && next < this.segmentsOf(this.from)) {
      this.#narrow(next);
      return;
    }
    if (this.#segment !== WHOLE) this.forget(this.from);
    this.#segment = WHOLE;
    this.from += 1;
  }

  /** Head and payload of a segment, copied. */
  copy(index: number, segment: number): Buffer {
    return this.#batch.copy(index, segment);
  }

  /** Its segments have gone one by one: it is to be written anew. */
  forget(index: number): void {
    this.#batch.forget(index);
  }

  /** Begins a new batch. What the last one carried is still there, for who sends the same. */
  clear(): void {
    this.from = 0;
    this.count = 0;
  }

  /** Lets go of what was sent. */
  release(): void {
    this.#batch.release(this.#used);
    this.#targets.fill(undefined, 0, this.#used);
    this.#plans.fill(undefined, 0, this.#used);
    this.#used = 0;
  }

  /** Makes one segment all that the next send is. */
  #narrow(segment: number): void {
    this.#segment = segment;
    this.bareHead(this.from, segment);
    this.#batch.narrow(this.from, segment);
  }

  #set(plan: TrainPlan | undefined, messages: number, to: Target): void {
    const index = this.count;
    this.#plans[index] = plan;
    this.#messages[index] = messages;
    this.#targets[index] = to;
    this.#used = Math.max(this.#used, index + 1);
  }
}
