import type { Heartbeat } from '../../../core/message.js';
import { hintBeside, LabError } from '../../../errors.js';
import { isSound } from '../../client/announced.js';
import { Attempt } from '../../client/attempt.js';
import type { DatagramSocket } from '../../client-sockets.js';
import type { ClockExchange } from '../../clock-exchange.js';
import { newClientCounters, newRepairCounters, type RepairCounters } from '../../counters.js';
import { encodeEnd, encodeReport } from '../../datagram/control-packets.js';
import type { Accept } from '../../datagram/handshake-packets.js';
import { Jitter } from '../../datagram/receive.js';
import { decodeGap, encodeNak, GAP_REASON } from '../../datagram/repair-packets.js';
import { DatagramSubscription } from '../../datagram/subscription.js';
import { countOf, dseqOf, FLAG, flagsOf, PACKET, packetType, seqOf } from '../../datagram/wire.js';
import type { Endpoint } from '../../endpoint.js';
import { authorityOf } from '../../endpoint.js';
import { addressesOf } from '../../host.js';
import { NODE_SOCKETS } from '../../node/node-sockets.js';
import { DEFAULT_DEADLINE_MS } from '../../repair.js';
import type { ConnectOptions, Subscription } from '../../transport.js';
import { REPORTS_PER_LEASE } from '../options.js';
import { newReceiver } from '../redundancy/receiving/new-receiver.js';
import type { RedundantReceiver } from '../redundancy/receiving/redundant-receiver.js';
import { asRedundancy, redundancyCode } from '../redundancy/redundancy.js';
import { Asker } from '../repair/asker.js';
import { firstToAnswer } from './first-answer.js';
import { Handshake, nobodyThere } from './handshake.js';

const LEAST_REPORT_MS = 100;
/** Until the first datagram shows that a REPORT has arrived. */
const FIRST_REPORTS_MS = 250;

/**
 * @throws LAB_ERR_CONNECT, LAB_ERR_CONNECT_TIMEOUT, LAB_ERR_CLOSED (aborted), LAB_ERR_PROTOCOL,
 * LAB_ERR_BAD_REQUEST, LAB_ERR_MAX_CLIENTS, …
 */
export function connect(endpoint: Endpoint, options: ConnectOptions): Promise<Subscription> {
  const timedOut = (waitsFor: string, timeoutMs: number): LabError =>
    new LabError(
      'LAB_ERR_CONNECT_TIMEOUT',
      `no ${waitsFor} udp ${authorityOf(endpoint)} within ${timeoutMs} ms`,
      { hint: 'check host and port, and that no firewall on the way drops UDP' },
    );
  return Attempt.run(options, timedOut, async (attempt) => {
    const socket = await reach(endpoint, options, attempt);
    try {
      const handshake = new Handshake(socket, endpoint, options, attempt);
      const accept = await handshake.run();
      return new UdpSubscription(socket, accept, options, handshake.exchanges);
    } catch (error) {
      socket.close();
      throw error;
    }
  });
}

/**
 * A socket connected to the server: datagrams from elsewhere never reach it. Of several addresses
 * that a name has, to the one that answers first.
 */
async function reach(
  endpoint: Endpoint,
  options: ConnectOptions,
  attempt: Attempt,
): Promise<DatagramSocket> {
  const sockets = await openAll(endpoint, options, attempt);
  const [only] = sockets;
  if (only !== undefined && sockets.length === 1) return only;
  try {
    return await firstToAnswer(sockets, attempt);
  } catch (error) {
    throw error instanceof LabError ? error : nobodyThere(endpoint, error as Error);
  }
}

/**
 * A socket for every address of the host that there is a way to. @throws LAB_ERR_CONNECT when there
 * is none
 */
async function openAll(
  endpoint: Endpoint,
  options: ConnectOptions,
  attempt: Attempt,
): Promise<DatagramSocket[]> {
  try {
    attempt.waitsFor = 'address found for';
    const addresses = await attempt.or(addressesOf(endpoint.host));
    const { sockets: made = NODE_SOCKETS, receiveBufferBytes, localAddress } = options;
    const opening = Promise.allSettled(
      addresses.map((ip) =>
        made.openDatagram(ip, endpoint.port, { receiveBufferBytes, localAddress }),
      ),
    );
    const opened = await attempt.or(opening, (late) => {
      for (const one of late) if (one.status === 'fulfilled') one.value.close();
    });
    const sockets = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = opened.find((one) => one.status === 'rejected');
    if (sockets.length === 0) throw failed?.reason ?? new Error('the name has no address');
    return sockets;
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    throw new LabError(
      'LAB_ERR_CONNECT',
      `cannot reach udp ${authorityOf(endpoint)}: ${(cause as Error).message}`,
      { cause, hint: hintBeside(cause, 'check the host name and the network') },
    );
  }
}

/** A stream of one's own: the server is told what has come of it, and that we leave. */
class UdpSubscription extends DatagramSubscription {
  readonly #accept: Accept;
  readonly #jitter = new Jitter();
  readonly #asker: Asker | undefined;
  readonly #redundant: RedundantReceiver | undefined;
  readonly repairs: RepairCounters | undefined;
  readonly exchanges: readonly ClockExchange[];
  readonly socketInode: number | undefined;
  readonly #reportMs: number;
  #isPlaced = false;

  constructor(
    socket: DatagramSocket,
    accept: Accept,
    options: ConnectOptions,
    exchanges: readonly ClockExchange[],
  ) {
    const { clock, onRepaired, repairDeadlineMs: deadlineMs = DEFAULT_DEADLINE_MS } = options;
    const { epoch } = accept;
    const wish = asRedundancy(options.repair);
    const redundancy = (accept.redundancy ?? 0) === redundancyCode(wish) ? wish : 'none';
    const asks = accept.repair && options.repair === 'nak';
    const repairs = asks || redundancy !== 'none' ? newRepairCounters() : undefined;
    const asker =
      asks && repairs
        ? new Asker({
            clock,
            counters: repairs,
            next: accept.next,
            deadlineMs,
            roundTrips: exchanges.map(({ askedAt, heardAt }) => heardAt - askedAt),
            sendNak: (ranges) => socket.send(encodeNak({ ...accept, ranges }), ignoreError),
            onRepaired,
          })
        : undefined;
    const redundant =
      repairs &&
      newReceiver(redundancy, { clock, epoch, counters: repairs, deadlineMs, onRepaired });
    super(socket, { ...accept, dseq: 1 }, newClientCounters(), options, asker, redundant);
    if (redundant !== undefined)
      redundant.handOn = (bytes, isLate) => this.#takeBack(bytes, isLate);
    this.#asker = asker;
    this.#redundant = redundant;
    this.repairs = repairs;
    this.#accept = accept;
    this.exchanges = exchanges;
    // Another address of this host may have the same port.
    this.socketInode = options.localAddress === undefined ? undefined : socket.inode;
    // It speaks every heartbeat, and may stand still for a lease, in which it gives up nobody.
    this.silenceMs = Math.max(this.silenceMs, accept.leaseMs + accept.heartbeatMs);
    const share = Math.floor(accept.leaseMs / REPORTS_PER_LEASE);
    this.#reportMs = Math.max(LEAST_REPORT_MS, share);
    // The confirmation that ACCEPT has arrived: the server sends nothing before it.
    this.#report();
  }

  protected receive(type: number, bytes: Buffer): void {
    // Late copies of the handshake's answers.
    if (type === PACKET.retry || type === PACKET.accept || type === PACKET.reject) return;
    if (!this.take(type, bytes)) return;
    if ((flagsOf(bytes) & FLAG.report) !== 0) this.onAsked();
  }

  onData(sendTime: number): void {
    this.#jitter.arrived(this.lastReceivedAt, sendTime);
  }

  protected onOther(type: number, bytes: Buffer): boolean {
    if (type === PACKET.parity || (type === PACKET.repair && this.#asker === undefined))
      return this.#redundant?.take(type, bytes) ?? false;
    if (type === PACKET.repair) return this.#onRepair(bytes);
    if (type === PACKET.gap) return this.#onGap(bytes);
    const heartbeat: Heartbeat = { control: 'heartbeat', next: seqOf(bytes) };
    if (type !== PACKET.heartbeat || !isSound(heartbeat)) return false;
    const lost = this.counters.datagramsLost;
    this.tracker.expect(dseqOf(bytes));
    this.#redundant?.announced(dseqOf(bytes));
    if (this.counters.datagramsLost > lost) this.#asker?.announced(heartbeat.next);
    this.receiver.control(heartbeat);
    return true;
  }

  #onRepair(bytes: Buffer): boolean {
    const asker = this.#asker;
    const seq = seqOf(bytes);
    const count = countOf(bytes);
    const from = seq - dseqOf(bytes);
    if (asker === undefined || from < 1 || count < 1 || !Number.isSafeInteger(seq)) return false;
    // Without a filter its messages are in a row; with one, no range ends before the last of them.
    if (!asker.wants(from, seq + count)) return true;
    if (!this.takeRepair(bytes)) return false;
    asker.repaired(from, this.lastSeq + 1, count);
    return true;
  }

  /** A datagram that redundancy has brought back. */
  #takeBack(bytes: Buffer, isLate: boolean): boolean {
    if (packetType(bytes) === PACKET.repair) return this.takeRepair(bytes, isLate);
    return this.takeRebuilt(bytes, isLate);
  }

  #onGap(bytes: Buffer): boolean {
    const gap = decodeGap(bytes);
    if (gap === undefined || this.#asker === undefined || this.repairs === undefined) return false;
    const { from, to: next, reason, superseded } = gap;
    const missing = this.#asker.gap(from, next, reason === GAP_REASON.gone);
    const missed = Math.min(missing, superseded);
    if (missed === 0) return true;
    this.repairs.superseded += missed;
    this.receiver.control({ control: 'lagged', missed, next, from });
    return true;
  }

  protected override finish(error: LabError | undefined): void {
    this.#asker?.stop();
    super.finish(error);
  }

  /** Reports as long as the server is there. */
  readonly #look = (): void => this.listenOn('the server', this.#report);

  /** More is due, and the server waits to hear what has come of it. */
  override onAsked(): void {
    this.#say();
  }

  #say(): void {
    const { epoch, id } = this.#accept;
    const { highest, received } = this.tracker;
    const lost = this.counters.datagramsLost;
    const jitter = Math.round(this.#jitter.micros);
    const bursts = this.#redundant?.bursts;
    const report = { epoch, id, highest, received, lost, jitter, bursts };
    this.socket.send(encodeReport(report), ignoreError);
  }

  readonly #report = (): void => {
    this.#say();
    this.timer = this.clock.setTimeout(this.#look, this.#waitMs());
  };

  /** Clients that joined together report one after the other, each at a place of its own. */
  #waitMs(): number {
    if (!this.heardAnything) return Math.min(this.#reportMs, FIRST_REPORTS_MS);
    if (this.#isPlaced) return this.#reportMs;
    this.#isPlaced = true;
    return Math.ceil((this.#reportMs * (1 + this.#accept.id.readUInt16LE(0))) / 2 ** 16);
  }

  /** END: a farewell, or that the server's has come. */
  protected override sendClose(said: () => void): void {
    const { epoch, id } = this.#accept;
    this.socket.send(
      encodeEnd({ epoch, id, seq: 0, dseq: 0, sendTime: 0, reason: 'closed' }),
      said,
    );
  }
}

/** A packet that cannot be sent is one that got lost. */
function ignoreError(): void {}
