import { randomBytes } from 'node:crypto';
import type { Timer } from '../../../core/clock.js';
import { LabError } from '../../../errors.js';
import type { Attempt } from '../../client/attempt.js';
import type { DatagramSocket } from '../../client-sockets.js';
import type { ClockExchange } from '../../clock-exchange.js';
import {
  type Accept,
  decodeAccept,
  decodeReject,
  decodeRetry,
  encodeHello,
  encodeSubscribe,
  NONCE_BYTES,
} from '../../datagram/handshake-packets.js';
import { STOCK_BUFFER_BYTES } from '../../datagram/size.js';
import { socketFailed } from '../../datagram/socket-failed.js';
import { PACKET, packetType, VERSIONS } from '../../datagram/wire.js';
import { errorOfEnd } from '../../end.js';
import type { Endpoint } from '../../endpoint.js';
import { authorityOf } from '../../endpoint.js';
import { DEFAULT_DEADLINE_MS } from '../../repair.js';
import { formatRequest } from '../../request.js';
import type { ConnectOptions } from '../../transport.js';
import { asRedundancy, redundancyCode } from '../redundancy/redundancy.js';

/** Waits before sending again; the last one goes on for ever. */
const RETRANSMIT_MS = [250, 500, 1_000] as const;
/**
 * SUBSCRIBEs sent with one token before asking for a new one: well within a token's ten seconds.
 */
const SUBSCRIBES_PER_TOKEN = 4;
/** One refusal may be about an earlier user of the port; two in a row mean that nobody listens. */
export const REFUSALS_BELIEVED = 2;
/** A SUBSCRIBE never needs IP fragments either. */
const MAX_SUBSCRIBE_BYTES = 1_472;

/**
 * The client's half of the handshake on a connected socket: HELLO until RETRY, SUBSCRIBE until
 * ACCEPT or REJECT, repeated after 250, 500, 1,000, 1,000 … ms until the timeout. The nonce stays
 * the same throughout, so the server recognises a repetition.
 */
export class Handshake {
  readonly #socket: DatagramSocket;
  readonly #endpoint: Endpoint;
  readonly #options: ConnectOptions;
  readonly #attempt: Attempt;
  readonly #request: string;
  readonly #nonce: Buffer = randomBytes(NONCE_BYTES);
  #token: Buffer | undefined;
  /**
   * When the first HELLO, and the first SUBSCRIBE, left: whichever was answered left then or later.
   */
  #greetedAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** What the server told of its clock. */
  readonly exchanges: ClockExchange[] = [];
  /** The highest that the server speaks, too. */
  #version = 0;
  #sentSinceChange = 0;
  #refusals = 0;
  #datagrams = 0;
  #resend: Timer | undefined;
  #finish: (outcome: Accept | LabError) => void = () => {};

  constructor(
    socket: DatagramSocket,
    endpoint: Endpoint,
    options: ConnectOptions,
    attempt: Attempt,
  ) {
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.#options = options;
    this.#attempt = attempt;
    this.#request = formatRequest(options);
  }

  /**
   * Leaves no handler and no timer behind.
   * @throws LAB_ERR_CONNECT, LAB_ERR_PROTOCOL, LAB_ERR_BAD_REQUEST, what the server rejects with,
   * and what ends the attempt
   */
  run(): Promise<Accept> {
    return new Promise((resolve, reject) => {
      this.#finish = (outcome) => {
        this.#finish = () => {};
        release();
        this.#resend?.cancel();
        this.#socket.handler = undefined;
        if (outcome instanceof LabError) reject(outcome);
        else resolve(outcome);
      };
      this.#socket.handler = {
        onDatagram: (bytes) => {
          this.#datagrams += 1;
          // What is found in it is kept.
          this.#receive(Buffer.from(bytes));
        },
        onError: (error) => this.#refused(error),
        onFailure: (error) => this.#finish(socketFailed('LAB_ERR_CONNECT', error)),
      };
      this.#attempt.readings = () => this.#datagrams;
      const release = this.#attempt.onEnd((error) => this.#finish(error));
      this.#send();
    });
  }

  #send(): void {
    if (this.#token !== undefined && this.#sentSinceChange === SUBSCRIBES_PER_TOKEN)
      this.#enter(undefined);
    this.#attempt.waitsFor = `answer to ${this.#token === undefined ? 'HELLO' : 'SUBSCRIBE'} from`;
    const packet = this.#packet();
    if (packet.length > MAX_SUBSCRIBE_BYTES) {
      this.#finish(requestTooLong(packet.length));
      return;
    }
    const wait = RETRANSMIT_MS[Math.min(this.#sentSinceChange, RETRANSMIT_MS.length - 1)] as number;
    this.#sentSinceChange += 1;
    this.#resend = this.#options.clock.setTimeout(() => this.#send(), wait);
    const now = this.#options.clock.now();
    if (this.#greetedAt < 0) this.#greetedAt = now;
    else if (this.#token !== undefined && this.#askedAt < 0) this.#askedAt = now;
    this.#socket.send(packet, (error) => {
      if (error !== null) this.#refused(error);
    });
  }

  #packet(): Buffer {
    const nonce = this.#nonce;
    if (this.#token === undefined) return encodeHello({ nonce, versions: VERSIONS });
    const code = redundancyCode(asRedundancy(this.#options.repair));
    const { repairDeadlineMs: deadlineMs = DEFAULT_DEADLINE_MS } = this.#options;
    return encodeSubscribe({
      version: this.#version,
      nonce,
      token: this.#token,
      credential: Buffer.alloc(0),
      request: this.#request,
      receiveBufferBytes: this.#socket.receiveBufferBytes ?? STOCK_BUFFER_BYTES,
      repair: this.#options.repair === 'nak',
      redundancy: code === 0 ? undefined : { code, deadlineMs },
    });
  }

  #enter(token: Buffer | undefined): void {
    this.#token = token;
    this.#sentSinceChange = 0;
    this.#resend?.cancel();
  }

  #receive(bytes: Buffer): void {
    const type = packetType(bytes);
    if (type === PACKET.retry) this.#onRetry(bytes);
    else if (type === PACKET.accept) this.#onAccept(bytes);
    else if (type === PACKET.reject) this.#onReject(bytes);
  }

  #onRetry(bytes: Buffer): void {
    const retry = decodeRetry(bytes);
    if (this.#token !== undefined || retry === undefined || !retry.nonce.equals(this.#nonce))
      return;
    const common = VERSIONS.filter((version) => retry.versions.includes(version));
    if (common.length === 0) {
      this.#finish(
        new LabError(
          'LAB_ERR_PROTOCOL',
          `the server speaks wire version ${retry.versions.join(', ')} only`,
          {
            hint: `this client speaks ${VERSIONS.join(' and ')}: use the same release on both sides`,
          },
        ),
      );
      return;
    }
    this.#told(this.#greetedAt, retry.sendTime);
    this.#version = Math.max(...common);
    this.#enter(retry.token);
    this.#send();
  }

  #onAccept(bytes: Buffer): void {
    const accept = decodeAccept(bytes);
    if (accept?.nonce.equals(this.#nonce) !== true) return;
    this.#told(this.#askedAt, accept.sendTime);
    this.#finish(accept);
  }

  #told(askedAt: number, toldAt: number): void {
    const heardAt = this.#options.clock.now();
    if (toldAt > 0 && Number.isSafeInteger(toldAt))
      this.exchanges.push({ askedAt, toldAt, heardAt });
  }

  #onReject(bytes: Buffer): void {
    const reject = decodeReject(bytes);
    if (reject === undefined || !reject.nonce.equals(this.#nonce)) return;
    this.#finish(errorOfEnd(reject) ?? new LabError('LAB_ERR_CLOSED', 'the feed is over'));
  }

  #refused(cause: Error): void {
    this.#refusals += 1;
    if (this.#refusals < REFUSALS_BELIEVED) return;
    this.#finish(nobodyThere(this.#endpoint, cause));
  }
}

/** The port refuses. */
export function nobodyThere(endpoint: Endpoint, cause: Error): LabError {
  return new LabError(
    'LAB_ERR_CONNECT',
    `nothing answers at udp ${authorityOf(endpoint)}: ${cause.message}`,
    {
      cause,
      hint: 'check that a server is running that serves udp on this port',
    },
  );
}

function requestTooLong(bytes: number): LabError {
  return new LabError(
    'LAB_ERR_BAD_REQUEST',
    `the request makes a SUBSCRIBE of ${bytes} bytes, more than one datagram carries: ${MAX_SUBSCRIBE_BYTES}`,
    { hint: 'ask for fewer or shorter keys, or subscribe over TCP' },
  );
}
