/** What hostile NAKs cost: nobody but who sends them, and that one no more than its budget. */
import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeReport } from '../../../../src/transports/datagram/control-packets.js';
import {
  type Accept,
  decodeAccept,
  decodeRetry,
  encodeHello,
  encodeSubscribe,
  type Retry,
} from '../../../../src/transports/datagram/handshake-packets.js';
import { encodeNak } from '../../../../src/transports/datagram/repair-packets.js';
import { PACKET, packetType } from '../../../../src/transports/datagram/wire.js';
import {
  confirmed,
  type Rig,
  Stranger,
  startServer,
  until,
  upTo,
} from '../../../support/net/udp-rig.js';

const HEALTHY = 50;
const MESSAGES = 80;
/** NAKs before each message is published. */
const NAKS = 12;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** A stranger that has subscribed, with repair. */
async function subscribed(rig: Rig): Promise<{ stranger: Stranger; accept: Accept }> {
  const stranger = await Stranger.to(rig.server.endpoint.port);
  const nonce = randomBytes(8);
  const { token } = decodeRetry(await stranger.ask(encodeHello({ nonce, versions: [1] }))) as Retry;
  const subscribe = encodeSubscribe({
    ...{ version: 1, nonce, token, credential: Buffer.alloc(0), request: '{}' },
    ...{ receiveBufferBytes: 0, repair: true },
  });
  const accept = decodeAccept(await stranger.ask(subscribe)) as Accept;
  await stranger.say(encodeReport({ ...accept, highest: 0, received: 0, lost: 0, jitter: 0 }));
  return { stranger, accept };
}

/** Sixteen ranges, from one message to all there can be. */
function randomRanges() {
  return Array.from({ length: 16 }, () => {
    const from = randomInt(1, 2 * MESSAGES);
    const to = randomInt(2) === 0 ? LARGEST : from + 1 + randomInt(50);
    return { from, to };
  });
}

describe('a flood of NAKs', () => {
  it('costs no healthy subscriber a message, is counted, and is answered out of its budget', async () => {
    const rig = await startServer({ repair: 'nak' });
    const healthy = await Promise.all(
      Array.from({ length: HEALTHY }, () => rig.connect({ repair: 'nak' })),
    );
    for (const client of healthy) await confirmed(client);
    const { stranger: hostile, accept } = await subscribed(rig);
    const thief = await Stranger.to(rig.server.endpoint.port);
    await until('it is served', () => hostile.heard.some((one) => packetType(one) === 2));
    const replayed = encodeNak({ ...accept, ranges: [{ from: 1, to: LARGEST }] });
    const spoofed = encodeNak({ ...accept, ranges: [{ from: 1, to: 2 }] });
    for (let i = 0; i < MESSAGES; i++) {
      for (let n = 0; n < NAKS; n += 4) {
        await hostile.say(encodeNak({ ...accept, ranges: randomRanges() }));
        await hostile.say(replayed);
        await hostile.say(encodeNak({ ...accept, id: randomBytes(8), ranges: randomRanges() }));
        await thief.say(spoofed);
      }
      await rig.publish(1);
    }
    for (const { recorder } of healthy)
      await until('all of it comes', () => new Set(recorder.seqs).size === MESSAGES);
    const each = (MESSAGES * NAKS) / 4;
    const { counters, packets } = rig.server;
    await until('every NAK is counted', () => packets?.received.nak === 4 * each);
    // Random ids, and another address with the right one.
    expect(packets?.ignored).toMatchObject({ unknown_subscriber: 2 * each, malformed: 0 });
    expect(counters).toMatchObject({ naks: 2 * each, malformed: 2 * each, congested: 0 });
    expect(counters.repairsWithheld).toBeGreaterThan(0);
    for (const { recorder, subscription } of healthy) {
      expect(recorder.seqs).toEqual(upTo(MESSAGES));
      expect(subscription.counters).toMatchObject({ datagramsLost: 0, malformed: 0 });
    }
    const ofType = (...types: number[]): number =>
      hostile.heard
        .filter((one) => types.includes(packetType(one)))
        .reduce((sum, { length }) => sum + length, 0);
    const answered = ofType(PACKET.repair, PACKET.gap);
    expect(counters.repairs).toBeGreaterThan(0);
    expect(answered).toBeLessThanOrEqual(0.25 * ofType(PACKET.data, PACKET.lagged) + 16 * 1_200);
    expect(thief.heard).toEqual([]);
  });
});
