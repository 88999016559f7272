import { randomBytes } from 'node:crypto';
import type { Codec } from '../../../codecs/codec.js';
import { timeOfDay } from '../../../core/clock.js';
import { LabError } from '../../../errors.js';
import type { PacketCounters } from '../../counters.js';
import { encodeAccept, encodeReject, type Subscribe } from '../../datagram/handshake-packets.js';
import { ID_BYTES } from '../../datagram/packet-fields.js';
import { PADDED_VERSION } from '../../datagram/wire.js';
import { endFor } from '../../end.js';
import type { Repair } from '../../repair.js';
import { openSubscriber, parseRequest, welcomeFor } from '../../request.js';
import { grantedLease } from '../options.js';
import { type Redundancy, redundancyCode, redundancyOf } from '../redundancy/redundancy.js';
import type { Channel, Sender } from './channel.js';
import { Lease } from './lease.js';
import type { LeaseContext, Peer } from './lease-context.js';
import type { LeaseTable } from './lease-table.js';

/** What all leases of a server share, on whichever channel. */
export type LeaseSettings = Omit<LeaseContext, 'sender'>;

export interface AdmissionParts {
  readonly settings: LeaseSettings;
  readonly codecs: readonly Codec[];
  readonly leases: LeaseTable;
  /** As asked for; what many subscribers get is longer. */
  readonly leaseMs: number;
  /** What is offered. */
  readonly repair: Repair;
  readonly answered: PacketCounters['answered'];
}

/**
 * Lets in who has proved its address: a subscriber with a lease and an ACCEPT, or a REJECT that says
 * why not.
 */
export class Admission {
  readonly #settings: LeaseSettings;
  readonly #codecs: readonly Codec[];
  readonly #leases: LeaseTable;
  readonly #leaseMs: number;
  readonly #repair: Repair;
  readonly #answered: PacketCounters['answered'];
  /** What the leases of a channel share. */
  readonly #contexts = new WeakMap<Channel, LeaseContext>();

  constructor({ settings, codecs, leases, leaseMs, repair, answered }: AdmissionParts) {
    this.#settings = settings;
    this.#codecs = codecs;
    this.#leases = leases;
    this.#leaseMs = leaseMs;
    this.#repair = repair;
    this.#answered = answered;
  }

  /** `nonce`: that of the SUBSCRIBE, in hex. */
  admit(subscribe: Subscribe, nonce: string, from: Sender, channel: Channel): void {
    const { broadcast, counters, epoch, heartbeatMs, clock } = this.#settings;
    const leaseMs = grantedLease(this.#leaseMs, this.#leases.size);
    const id = randomBytes(ID_BYTES);
    const { receiveBufferBytes } = subscribe;
    const takesPadding = subscribe.version >= PADDED_VERSION;
    const repair = this.#repair === 'nak' && subscribe.repair;
    const redundancy = this.#redundancyFor(subscribe);
    const { address, port } = from;
    const peer: Peer = {
      address,
      port,
      local: channel.local,
      nonce,
      id,
      leaseMs,
      receiveBufferBytes,
      takesPadding,
      repair,
      redundancy,
      deadlineMs: subscribe.redundancy?.deadlineMs ?? 0,
    };
    const lease = new Lease(peer, this.#contextOf(channel));
    try {
      const request = parseRequest(subscribe.request);
      const { subscriber, codec } = openSubscriber(broadcast, this.#codecs, request, lease);
      const welcome = welcomeFor(broadcast, subscriber, codec, heartbeatMs, clock);
      const { next, oldest, snapshot, policy } = welcome;
      this.#leases.add(lease);
      const accept = encodeAccept({
        epoch,
        next,
        oldest,
        snapshot,
        heartbeatMs,
        leaseMs,
        codec: codec.name,
        policy,
        nonce: subscribe.nonce,
        id,
        sendTime: Math.floor(timeOfDay(clock)),
        repair,
        redundancy: redundancy === 'none' ? undefined : redundancyCode(redundancy),
      });
      lease.open(subscriber, accept);
      this.#answered.accept += 1;
    } catch (error) {
      const refusal = LabError.from(error);
      const { reason, message = '' } = endFor(refusal);
      counters.refused += 1;
      if (refusal.code === 'LAB_ERR_BAD_REQUEST') counters.malformed += 1;
      const reject = encodeReject({ nonce: subscribe.nonce, reason, message });
      channel.sender.sendPacket(reject, port, address);
      this.#answered.reject += 1;
    }
  }

  /** What it asks for, if that is offered. */
  #redundancyFor({ redundancy }: Subscribe): Redundancy {
    const asked = redundancyOf(redundancy?.code ?? 0);
    return asked === this.#repair ? asked : 'none';
  }

  #contextOf(channel: Channel): LeaseContext {
    let context = this.#contexts.get(channel);
    if (context === undefined) {
      context = { ...this.#settings, sender: channel.sender };
      this.#contexts.set(channel, context);
    }
    return context;
  }
}
