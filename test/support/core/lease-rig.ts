import { Broadcast } from '../../../src/core/broadcast.js';
import type { SliceTrain } from '../../../src/core/log/slice-train.js';
import { newServerCounters } from '../../../src/transports/counters.js';
import * as wire from '../../../src/transports/datagram/wire.js';
import type { Redundancy } from '../../../src/transports/udp/redundancy/redundancy.js';
import { SharedRedundancy } from '../../../src/transports/udp/redundancy/sending/new-sender.js';
import type { DatagramSender, Target } from '../../../src/transports/udp/sending/sender.js';
import { Lease } from '../../../src/transports/udp/server/lease.js';
import type { LeaseContext } from '../../../src/transports/udp/server/lease-context.js';
import { FakeClock } from './fake-clock.js';
import { TinyEncoder } from './tiny-encoder.js';

export const NAMES = new Map<number, string>(
  Object.entries(wire.PACKET).map(([name, type]) => [type, name]),
);
export const ACCEPT = Buffer.alloc(wire.HEADER_BYTES);
/** Nobody is late here. */
export const NO_PACING = { add: (): void => {}, delete: (): void => {} };
export const NOTHING_YET = { highest: 0, lost: 0 };
wire.writeHeader(ACCEPT, wire.PACKET.accept, 0, { high: 0, low: 0 }, 0, 0, 0, 0);

/** Keeps a copy of every datagram. */
export class RecordingSender implements DatagramSender {
  readonly name = 'recording';
  readonly segments = 1;
  blocked = false;
  /** Turns blocked after this many more datagrams. */
  room = Number.POSITIVE_INFINITY;
  readonly header: Buffer = Buffer.alloc(wire.HEADER_BYTES);
  readonly sent: Buffer[] = [];
  readonly clock: FakeClock;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  target(address: string, port: number, takesPadding: boolean): Target {
    return { address, port, sockaddr: new Uint32Array(0), takesPadding, segmented: false };
  }

  time = (): number => this.clock.now();

  close(): void {}

  send(payload: Buffer): void {
    this.sent.push(Buffer.concat([this.header, payload]));
    this.room -= 1;
    if (this.room === 0) this.blocked = true;
  }

  sendTrain({ slices }: SliceTrain, flags: Uint8Array, epoch: wire.Epoch, dseq: number): void {
    for (const [i, { from, to, seq, bytes }] of slices.entries()) {
      const time = Math.floor(this.time());
      const flag = flags[i]!;
      wire.writeHeader(this.header, wire.PACKET.data, flag, epoch, seq, dseq + i, to - from, time);
      this.send(bytes);
    }
  }

  sendPacket(packet: Buffer): void {
    if (!this.blocked) this.sent.push(packet);
  }

  /** Type and dseq of what was sent since the last call. */
  take(): string[] {
    return this.sent
      .splice(0)
      .map((bytes) => `${NAMES.get(wire.packetType(bytes))} ${wire.dseqOf(bytes)}`);
  }
}

export interface Rig {
  readonly clock: FakeClock;
  readonly broadcast: Broadcast;
  readonly sender: RecordingSender;
  readonly counters: ReturnType<typeof newServerCounters>;
  readonly lease: Lease;
}

export function rig(
  options: {
    payloadBytes?: number;
    messages?: number;
    policy?: string;
    fromSeq?: number;
    receiveBufferBytes?: number;
    pacing?: LeaseContext['pacing'];
    repair?: boolean;
    circuitBreaker?: boolean;
    redundancy?: Redundancy;
    deadlineMs?: number;
  } = {},
): Rig {
  const clock = new FakeClock();
  const encoder = new TinyEncoder();
  const retention = { messages: options.messages ?? 100, bytes: 1e6 };
  const broadcast = new Broadcast({ clock, encoder, retention, flush: 0 });
  if (options.fromSeq !== undefined) for (let i = 0; i < 10; i++) broadcast.publish('k', i);
  const sender = new RecordingSender(clock);
  const counters = newServerCounters();
  const lease = new Lease(
    {
      address: '127.0.0.1',
      port: 9,
      nonce: '00',
      id: Buffer.alloc(8, 7),
      leaseMs: 5_000,
      receiveBufferBytes: options.receiveBufferBytes ?? 0,
      takesPadding: true,
      repair: options.repair ?? false,
      redundancy: options.redundancy ?? 'none',
      deadlineMs: options.deadlineMs ?? 0,
    },
    {
      broadcast,
      epoch: { high: 1, low: 2 },
      clock,
      deadlines: clock,
      sender,
      counters,
      pacing: options.pacing ?? NO_PACING,
      payloadBytes: options.payloadBytes ?? 1_164,
      heartbeatMs: 1_000,
      circuitBreaker: options.circuitBreaker ?? false,
      redundancy: new SharedRedundancy(broadcast),
    },
  );
  lease.open(
    broadcast.subscribe({ encoder, policy: options.policy, fromSeq: options.fromSeq }, lease),
    ACCEPT,
  );
  return { clock, broadcast, sender, counters, lease };
}

/** A lease whose client has confirmed. */
export function live(options: Parameters<typeof rig>[0] = {}): Rig {
  const parts = rig(options);
  parts.lease.reported(NOTHING_YET);
  parts.sender.take();
  return parts;
}

/** Ticks every 100 ms, and says at which ms something was sent; stops when the lease is over. */
export function ticks({ clock, lease, sender }: Rig, ms: number): string[] {
  const log: string[] = [];
  for (let at = 100; at <= ms; at += 100) {
    clock.advance(100);
    const over = lease.tick(clock.now(), clock.now());
    for (const what of sender.take()) log.push(`${at} ${what}`);
    if (over) {
      log.push(`${at} over`);
      break;
    }
  }
  return log;
}
