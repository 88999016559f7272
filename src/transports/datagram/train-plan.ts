import type { Slice } from '../../core/log/slice.js';
import type { SliceTrain } from '../../core/log/slice-train.js';
import type { Segments } from '../native/segments.js';
import {
  type Epoch,
  HEADER_BYTES,
  HEADER_WORDS,
  PACKET,
  writeHeader,
  writePadding,
} from './wire.js';

/**
 * A train of slices as a sender hands it to the kernel, but for what differs from one subscriber to
 * the next: flags, `dseq` and `sendTime`. Made once for all who are at the same place.
 */
export class TrainPlan implements Segments {
  readonly size: number;
  readonly heads: Uint32Array;
  readonly payloads: readonly Buffer[];
  readonly padding: readonly number[];
  /** Messages in each datagram, and in all of them. */
  readonly counts: readonly number[];
  readonly messages: number;
  /** Of all datagrams, padding left out. */
  readonly bytes: number;
  readonly paddingBytes: number;
  readonly #slices: readonly Slice[];
  readonly #epoch: Epoch;
  #singles: TrainPlan[] | undefined;

  /** All slices but the last are filled up to `longest` bytes. */
  constructor(slices: readonly Slice[], longest: number, epoch: Epoch) {
    this.#slices = slices;
    this.#epoch = epoch;
    this.size = HEADER_BYTES + longest;
    this.heads = new Uint32Array(slices.length * HEADER_WORDS);
    this.payloads = slices.map(({ bytes }) => bytes);
    const last = slices.length - 1;
    this.padding = slices.map(({ bytes }, i) => (i === last ? 0 : longest - bytes.length));
    this.counts = slices.map(({ from, to }) => to - from);
    this.messages = sum(this.counts);
    this.bytes = slices.length * HEADER_BYTES + sum(this.payloads.map(({ length }) => length));
    this.paddingBytes = sum(this.padding);
    for (const [i, { seq }] of slices.entries()) {
      const head = Buffer.from(this.heads.buffer, i * HEADER_BYTES, HEADER_BYTES);
      writeHeader(head, PACKET.data, 0, epoch, seq, 0, this.counts[i] as number, 0);
      writePadding(head, this.padding[i] as number);
    }
  }

  /** One of its datagrams by itself, without padding. */
  single(index: number): TrainPlan {
    this.#singles ??= this.#slices.map(
      (slice) => new TrainPlan([slice], slice.bytes.length, this.#epoch),
    );
    return this.#singles[index] as TrainPlan;
  }
}

/** The plans of trains: the same for everybody at the same place. */
export class TrainPlans {
  readonly #known = new WeakMap<SliceTrain, TrainPlan>();
  #train: SliceTrain | undefined;
  #plan: TrainPlan | undefined;

  of(train: SliceTrain, epoch: Epoch): TrainPlan {
    if (train === this.#train) return this.#plan as TrainPlan;
    let plan = this.#known.get(train);
    if (plan === undefined) {
      plan = new TrainPlan(train.slices, train.longest, epoch);
      this.#known.set(train, plan);
    }
    this.#train = train;
    this.#plan = plan;
    return plan;
  }

  /** Holds on to none any more. */
  release(): void {
    this.#train = undefined;
    this.#plan = undefined;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
