import { randomBytes } from 'node:crypto';
import { LabError } from '../../errors.js';
import type { Attempt } from '../client/attempt.js';
import type { Endpoint } from '../endpoint.js';
import { formatRequest } from '../request.js';
import { StreamSubscription } from '../stream/client.js';
import { welcomed } from '../stream/welcomed.js';
import type { ConnectOptions, Subscription } from '../transport.js';
import { maskedFrame, OPCODE } from './frame.js';
import { FrameReader, type FrameVisitor, MAX_UNDIGESTED } from './frame-reader.js';
import { endOfUpgrade, MAX_RESPONSE_HEAD, upgradeRequest } from './handshake.js';

const NORMAL_CLOSURE = Buffer.of(1_000 >> 8, 1_000 & 0xff);
/** Pongs that the server does not take pile up to here, no further. */
const MAX_QUEUED_PONGS_BYTES = 64 * 1024;

export function connectWs(endpoint: Endpoint, options: ConnectOptions): Promise<Subscription> {
  return welcomed(endpoint, options, (attempt) => new WsSubscription(endpoint, options, attempt));
}

/**
 * A subscription over WebSocket. Frames are read where the socket put them, all connections of a
 * process in one buffer as over TCP, and the items in them handed on in place: no object and no
 * copy per frame.
 */
class WsSubscription extends StreamSubscription implements FrameVisitor {
  readonly #endpoint: Endpoint;
  readonly #key = randomBytes(16).toString('base64');
  readonly #request: string;
  readonly #reader = new FrameReader(this);
  #upgraded = false;

  constructor(endpoint: Endpoint, options: ConnectOptions, attempt: Attempt) {
    super('WebSocket', endpoint, options, attempt, Math.max(MAX_RESPONSE_HEAD, MAX_UNDIGESTED));
    this.#endpoint = endpoint;
    this.#request = formatRequest(options);
    this.socket.write(Buffer.from(upgradeRequest(endpoint, this.#key)));
  }

  protected take(bytes: Buffer, start: number, end: number): number {
    if (this.#upgraded) return this.#reader.read(bytes, start, end);
    const next = endOfUpgrade(bytes, start, end, this.#key, this.#endpoint);
    if (next < 0) return start;
    this.#upgraded = true;
    this.asking();
    this.#send(OPCODE.text, Buffer.from(this.#request));
    return this.#reader.read(bytes, next, end);
  }

  data(bytes: Buffer, start: number, end: number): number {
    return this.scan(bytes, start, end);
  }

  controlFrame(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping && this.socket.queuedBytes < MAX_QUEUED_PONGS_BYTES) {
      this.#send(OPCODE.pong, payload);
    } else if (opcode === OPCODE.close) {
      this.finish(closedBy(payload));
    }
  }

  override get finished(): boolean {
    return super.finished;
  }

  /** Tells the server that we leave; over a network the reset may overtake it. */
  protected override sendClose(): void {
    if (this.#upgraded) this.#send(OPCODE.close, NORMAL_CLOSURE);
  }

  #send(opcode: number, payload: Buffer): void {
    this.socket.write(maskedFrame(opcode, payload, randomBytes(4)));
  }
}

/** A close frame without END before it. */
function closedBy(payload: Buffer): LabError {
  const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1_005;
  const reason = payload.toString('utf8', 2);
  return new LabError(
    'LAB_ERR_CLOSED',
    `the server closed the WebSocket with code ${code}${reason === '' ? '' : ` (${reason})`}, without saying END`,
    { hint: 'the server may have died or refused the connection' },
  );
}
