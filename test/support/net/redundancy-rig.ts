import { createHash } from 'node:crypto';
import type { SinkReader } from '../../../src/core/sink.js';
import {
  newRepairCounters,
  newServerCounters,
  type RepairCounters,
  type ServerCounters,
} from '../../../src/transports/counters.js';
import * as wire from '../../../src/transports/datagram/wire.js';
import type { RedundantContext } from '../../../src/transports/udp/redundancy/redundancy.js';
import { FakeClock } from '../core/fake-clock.js';
import { RecordingSender } from '../core/lease-rig.js';

export const EPOCH: wire.Epoch = { high: 1, low: 2 };
export const TARGET = new RecordingSender(new FakeClock()).target('127.0.0.1', 9, true);

export interface SendingRig {
  readonly clock: FakeClock;
  readonly sender: RecordingSender;
  readonly counters: ServerCounters;
  readonly context: RedundantContext;
  /** Of the messages that have been replaced. */
  readonly replaced: Set<number>;
  /** Reads a log in which positions are sequence numbers less one, and from which nothing is cut. */
  readonly reader: SinkReader;
}

/** What a half of a server is given. */
export function sendingRig(payloadBytes = 1_156): SendingRig {
  const clock = new FakeClock();
  const sender = new RecordingSender(clock);
  const counters = newServerCounters();
  const replaced = new Set<number>();
  const broadcast = { next: 1, isReplaced: (seq: number) => replaced.has(seq) };
  const context = { broadcast, epoch: EPOCH, clock, sender, counters, payloadBytes };
  const log = {
    first: 0,
    seqAt: (position: number) => position + 1,
    piece: (from: number, to: number) => ({ bytes: payloadOf(from + 1, to - from) }),
  };
  const reader = { log } as unknown as SinkReader;
  return { clock, sender, counters, context, replaced, reader };
}

const BYTES = createHash('shake256', { outputLength: 64 * 1024 })
  .update('payloads')
  .digest();

/** What stands for `count` messages from `seq` on: of any length from 90 to 110, any bytes. */
export function payloadOf(seq: number, count = 1): Buffer {
  const at = (seq * 37 + count * 1_009) % 65_000;
  return BYTES.subarray(at, at + 90 + ((seq * 7 + count) % 21));
}

/** DATA with the number and the first sequence number of it. */
export function dataOf(number: number, seq = number, count = 1, flags = 0): Buffer {
  const payload = payloadOf(seq, count);
  const bytes = Buffer.alloc(wire.HEADER_BYTES + payload.length);
  wire.writeHeader(bytes, wire.PACKET.data, flags, EPOCH, seq, number, count, 1_000);
  payload.copy(bytes, wire.HEADER_BYTES);
  return bytes;
}

export interface ReceivingRig {
  readonly clock: FakeClock;
  readonly counters: RepairCounters;
  /** `messages after µs`. */
  readonly latencies: string[];
  readonly parts: {
    readonly clock: FakeClock;
    readonly epoch: wire.Epoch;
    readonly counters: RepairCounters;
    readonly deadlineMs: number;
    readonly onRepaired: (messages: number, micros: number) => void;
  };
}

export function receivingRig(): ReceivingRig {
  const clock = new FakeClock();
  const counters = newRepairCounters();
  const latencies: string[] = [];
  const onRepaired = (messages: number, micros: number): void => {
    latencies.push(`${messages} after ${micros}`);
  };
  const parts = { clock, epoch: EPOCH, counters, deadlineMs: 500, onRepaired };
  return { clock, counters, latencies, parts };
}
