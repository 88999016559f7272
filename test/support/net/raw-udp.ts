import { createSocket } from 'node:dgram';
import { encodeReport } from '../../../src/transports/datagram/control-packets.js';
import {
  decodeAccept,
  decodeRetry,
  encodeHello,
  encodeSubscribe,
  NONCE_BYTES,
} from '../../../src/transports/datagram/handshake-packets.js';
import { PACKET, packetType } from '../../../src/transports/datagram/wire.js';
import { afterwards } from './udp-rig.js';

interface Heard {
  readonly type: number;
  readonly bytes: Buffer;
  /** The address that sent it. */
  readonly from: string;
}

export interface RawUdpOptions {
  /** Of the wire, that it speaks. Default 1. */
  readonly version?: number;
  readonly request?: string;
  readonly receiveBufferBytes?: number;
}

/**
 * A subscriber that is no more than its packets, on one socket: it says hello where it is told to,
 * answers RETRY with SUBSCRIBE and ACCEPT with one REPORT, and keeps all that it hears.
 */
export class RawUdpClient {
  readonly heard: Heard[] = [];
  readonly #socket = createSocket('udp4');
  readonly #nonce = Buffer.alloc(NONCE_BYTES, 5);
  readonly #port: number;
  readonly #options: Required<RawUdpOptions>;

  constructor(
    port: number,
    { version = 1, request = '{}', receiveBufferBytes = 0 }: RawUdpOptions = {},
  ) {
    this.#port = port;
    this.#options = { version, request, receiveBufferBytes };
    this.#socket.on('message', (bytes, { address }) => this.#hear(bytes, address));
    afterwards(() => this.#socket.close());
  }

  hello(address = '127.0.0.1'): void {
    this.#say(encodeHello({ nonce: this.#nonce, versions: [this.#options.version] }), address);
  }

  /** Packets of a type that it has heard, from one address or from all. */
  ofType(type: number, address?: string): Buffer[] {
    return this.heard
      .filter((one) => one.type === type && (address === undefined || one.from === address))
      .map(({ bytes }) => bytes);
  }

  #hear(bytes: Buffer, from: string): void {
    const type = packetType(bytes);
    this.heard.push({ type, bytes, from });
    if (type === PACKET.retry) {
      const { token } = decodeRetry(bytes)!;
      const who = { nonce: this.#nonce, token, credential: Buffer.alloc(0), repair: false };
      this.#say(encodeSubscribe({ ...who, ...this.#options }), from);
    } else if (type === PACKET.accept) {
      const { epoch, id } = decodeAccept(bytes)!;
      const nothing = { highest: 0, received: 0, lost: 0, jitter: 0 };
      this.#say(encodeReport({ epoch, id, ...nothing }), from);
    }
  }

  #say(bytes: Buffer, address: string): void {
    this.#socket.send(bytes, this.#port, address);
  }
}
