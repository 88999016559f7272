import { describe, expect, it } from 'vitest';
import { TOKEN_BYTES } from '../../../../../src/transports/datagram/handshake-packets.js';
import { TokenIssuer } from '../../../../../src/transports/udp/server/token.js';
import { FakeClock } from '../../../../support/core/fake-clock.js';

const nonce = Buffer.from('0011223344556677', 'hex');

function minted(): { clock: FakeClock; mint: TokenIssuer; token: Buffer } {
  const clock = new FakeClock();
  const mint = new TokenIssuer(clock);
  return { clock, mint, token: mint.issue('10.0.0.1', 5_000, nonce) };
}

describe('a token', () => {
  it('is 24 bytes and verifies for the address, port and nonce it was made for', () => {
    const { mint, token } = minted();
    expect(token).toHaveLength(TOKEN_BYTES);
    expect(mint.verify(token, '10.0.0.1', 5_000, nonce)).toBe(true);
  });

  it('verifies for no other address, port or nonce', () => {
    const { mint, token } = minted();
    expect(mint.verify(token, '10.0.0.2', 5_000, nonce)).toBe(false);
    expect(mint.verify(token, '10.0.0.1', 5_001, nonce)).toBe(false);
    expect(mint.verify(token, '10.0.0.1', 5_000, Buffer.alloc(8))).toBe(false);
  });

  it('does not verify once any bit of it has changed, its expiry included', () => {
    const { mint, token } = minted();
    for (let bit = 0; bit < TOKEN_BYTES * 8; bit++) {
      const forged = Buffer.from(token);
      forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(mint.verify(forged, '10.0.0.1', 5_000, nonce)).toBe(false);
    }
    expect(mint.verify(token.subarray(1), '10.0.0.1', 5_000, nonce)).toBe(false);
  });

  it('lives ten seconds', () => {
    const { clock, mint, token } = minted();
    clock.advance(9_999);
    expect(mint.verify(token, '10.0.0.1', 5_000, nonce)).toBe(true);
    clock.advance(1);
    expect(mint.verify(token, '10.0.0.1', 5_000, nonce)).toBe(false);
  });

  it('lives its ten seconds out when the secret is replaced meanwhile', () => {
    const { clock, mint } = minted();
    clock.advance(59_000);
    const token = mint.issue('10.0.0.1', 5_000, nonce);
    clock.advance(9_000);
    const younger = mint.issue('10.0.0.1', 5_000, nonce);
    expect(mint.verify(token, '10.0.0.1', 5_000, nonce)).toBe(true);
    expect(mint.verify(younger, '10.0.0.1', 5_000, nonce)).toBe(true);
  });

  it('of one server means nothing to another', () => {
    const { clock, token } = minted();
    expect(new TokenIssuer(clock).verify(token, '10.0.0.1', 5_000, nonce)).toBe(false);
  });
});
