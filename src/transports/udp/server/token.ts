import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../../core/clock.js';
import { TOKEN_BYTES } from '../../datagram/handshake-packets.js';
import { readU64, WIRE_VERSION, writeU64 } from '../../datagram/wire.js';

const EXPIRY_BYTES = 8;
const SECRET_BYTES = 32;
const LIFETIME_MS = 10_000;
const ROTATION_MS = 60_000;

/**
 * Proof that an address can receive, without keeping anything about it (as QUIC's Retry token, RFC
 * 9000 §8.1.2):
 * `expiry (u64 ms) ‖ HMAC-SHA256(secret, ip ‖ 0 ‖ port ‖ nonce ‖ expiry ‖ version)[0..16]`. The
 * secret is replaced every minute; the one before it still verifies, so a token lives its ten
 * seconds out.
 */
export class TokenIssuer {
  readonly #clock: Clock;
  #secret: Buffer = randomBytes(SECRET_BYTES);
  #previous: Buffer = randomBytes(SECRET_BYTES);
  #rotateAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#rotateAtMs = this.#nowMs() + ROTATION_MS;
  }

  issue(address: string, port: number, nonce: Buffer): Buffer {
    const token = Buffer.alloc(TOKEN_BYTES);
    writeU64(token, Math.floor(this.#rotated() + LIFETIME_MS), 0);
    seal(this.#secret, address, port, nonce, token).copy(token, EXPIRY_BYTES, 0);
    return token;
  }

  /**
   * True when this mint made `token` for exactly this address, port and nonce, less than ten
   * seconds ago.
   */
  verify(token: Buffer, address: string, port: number, nonce: Buffer): boolean {
    if (token.length !== TOKEN_BYTES) return false;
    const now = this.#rotated();
    const sealed = token.subarray(EXPIRY_BYTES);
    const current = timingSafeEqual(sealed, seal(this.#secret, address, port, nonce, token));
    const previous = timingSafeEqual(sealed, seal(this.#previous, address, port, nonce, token));
    return (current || previous) && readU64(token, 0) > now;
  }

  /**
   * Replaces a secret that is due and returns the time in ms. Lazily: a server nobody greets needs
   * no timer.
   */
  #rotated(): number {
    const now = this.#nowMs();
    if (now >= this.#rotateAtMs) {
      this.#previous = this.#secret;
      this.#secret = randomBytes(SECRET_BYTES);
      this.#rotateAtMs = now + ROTATION_MS;
    }
    return now;
  }

  #nowMs(): number {
    return this.#clock.now() / 1_000;
  }
}

function seal(secret: Buffer, address: string, port: number, nonce: Buffer, token: Buffer): Buffer {
  const tail = Buffer.alloc(3);
  tail.writeUInt16LE(port, 0);
  tail[2] = WIRE_VERSION;
  return createHmac('sha256', secret)
    .update(`${address}\0`)
    .update(tail.subarray(0, 2))
    .update(nonce)
    .update(token.subarray(0, EXPIRY_BYTES))
    .update(tail.subarray(2))
    .digest()
    .subarray(0, TOKEN_BYTES - EXPIRY_BYTES);
}
