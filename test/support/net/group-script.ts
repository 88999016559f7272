/**
 * A server of a multicast group whose every packet the test writes itself, and members of its
 * group.
 */
import { createSocket, type Socket } from 'node:dgram';
import { expect, onTestFinished } from 'vitest';
import { loadCodec } from '../../../src/codecs/registry.js';
import type { Clock } from '../../../src/core/clock.js';
import { systemClock } from '../../../src/core/clock.js';
import {
  encodeAnnounce,
  encodeEnd,
  encodeMissed,
  NO_ID,
} from '../../../src/transports/datagram/control-packets.js';
import { DEFAULT_GROUP } from '../../../src/transports/datagram/group.js';
import {
  HEADER_BYTES,
  PACKET,
  parseEpoch,
  writeHeader,
} from '../../../src/transports/datagram/wire.js';
import type { ConnectOptions, Subscription } from '../../../src/transports/transport.js';
import { udpMulticast } from '../../../src/transports/udp-multicast/index.js';
import { Recorder } from '../conformance/transport-support.js';

export const LOOPBACK = '127.0.0.1';
export const codec = await loadCodec('line-json');
export const OURS = '0123456789abcdef';
export const THEIRS = 'fedcba9876543210';
export const HEARTBEAT_MS = 1_000;

export interface Member {
  readonly subscription: Subscription;
  readonly recorder: Recorder;
}

export class GroupScript {
  readonly group = DEFAULT_GROUP;
  readonly port: number;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
  }

  static async open(): Promise<GroupScript> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, LOOPBACK, resolve));
    socket.setMulticastInterface(LOOPBACK);
    onTestFinished(() => {
      socket.close();
    });
    return new GroupScript(socket);
  }

  async send(...packets: readonly Buffer[]): Promise<void> {
    for (const packet of packets) {
      await new Promise<void>((resolve) =>
        this.#socket.send(packet, this.port, this.group, () => resolve()),
      );
    }
  }

  /** A member that waits for its welcome, and its own clock. */
  join(clock: Clock = systemClock(), options: Partial<ConnectOptions> = {}): Promise<Member> {
    const recorder = new Recorder(options.codec ?? codec);
    const endpoint = { host: this.group, port: this.port };
    const joining = udpMulticast.connect(endpoint, {
      codec,
      clock,
      multicastInterface: LOOPBACK,
      ...options,
      receiver: recorder,
    });
    return joining.then((subscription) => {
      onTestFinished(() => subscription.close());
      return { subscription, recorder };
    });
  }

  /**
   * A member that came in at this message and datagram. It hears the announcement that is repeated
   * until it has.
   */
  async joinAt(next: number, dseq: number, clock?: Clock): Promise<Member> {
    const joining = this.join(clock);
    let member: Member | undefined;
    void joining.then((joined) => {
      member = joined;
    });
    await expect
      .poll(
        async () => {
          await this.send(announce(next, dseq));
          return member !== undefined;
        },
        { interval: 5 },
      )
      .toBe(true);
    return joining;
  }
}

export function announce(next: number, dseq: number, epoch = OURS, name = codec.name): Buffer {
  return encodeAnnounce({
    epoch: parseEpoch(epoch),
    next,
    dseq,
    sendTime: 0,
    oldest: 1,
    heartbeatMs: HEARTBEAT_MS,
    codec: name,
  });
}

/** A datagram with these messages. */
export function data(dseq: number, seqs: readonly number[], epoch = OURS): Buffer {
  const bytes = Buffer.alloc(1_200);
  writeHeader(bytes, PACKET.data, 0, parseEpoch(epoch), seqs[0] as number, dseq, seqs.length, 1);
  let end = HEADER_BYTES;
  for (const seq of seqs) end = codec.encode({ seq, time: 1, key: 'k', value: seq }, bytes, end);
  return bytes.subarray(0, end);
}

export function lagged(dseq: number, missed: number, next: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  writeHeader(header, PACKET.lagged, 0, parseEpoch(OURS), next, dseq, 0, 1);
  return Buffer.concat([header, encodeMissed(missed)]);
}

export function end(seq: number, dseq: number, reason: string, epoch = OURS): Buffer {
  return encodeEnd({ epoch: parseEpoch(epoch), id: NO_ID, seq, dseq, sendTime: 1, reason });
}
