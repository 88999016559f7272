/**
 * What is owed at once (snapshot, replay, a backlog) is more than a receive buffer holds, and still
 * arrives: server and client share this process, so that a burst would find nobody reading.
 */
import { describe, expect, it } from 'vitest';
import { PACKET } from '../../../../src/transports/datagram/wire.js';
import { RawUdpClient } from '../../../support/net/raw-udp.js';
import { type Client, confirmed, startServer, until, upTo } from '../../../support/net/udp-rig.js';

const REPLAY = 16_384;
const SYMBOLS = 2_000;
/** Makes a message of some 100 bytes. */
const VALUE = { text: 'x'.repeat(40) };

async function complete(
  { recorder, subscription }: Client,
  seqs: readonly number[],
): Promise<void> {
  await until('everything has come', () => recorder.seqs.length >= seqs.length);
  expect([...recorder.seqs].sort((a, b) => a - b)).toEqual(seqs);
  expect(subscription.counters).toMatchObject({ datagramsLost: 0, datagramsDuplicated: 0 });
  expect(recorder.ofKind('lagged')).toEqual([]);
}

describe('over real sockets with the buffers of the system', () => {
  it('a snapshot of 2,000 symbols arrives complete, to fifty who ask at once', async () => {
    const rig = await startServer();
    for (let i = 0; i < SYMBOLS; i++) rig.broadcast.publish(`symbol-${i}`, VALUE);
    const clients = await Promise.all(Array.from({ length: 50 }, () => rig.connect()));
    for (const client of clients) await complete(client, upTo(SYMBOLS));
    expect(rig.server.counters.sendErrorMessages).toBe(0);
  });

  it('a replay of 16,384 messages arrives complete', async () => {
    const rig = await startServer();
    for (let i = 0; i < REPLAY; i++) rig.broadcast.publish(`symbol-${i % 50}`, VALUE);
    await complete(await rig.connect({ fromSeq: 1 }), upTo(REPLAY));
  });

  it('so does it while the feed goes on, and the subscriber comes into step', async () => {
    const rig = await startServer();
    for (let i = 0; i < REPLAY / 2; i++) rig.broadcast.publish(`symbol-${i % 50}`, VALUE);
    const client = await rig.connect({ fromSeq: 1 });
    await until('the replay has begun', () => client.recorder.seqs.length > 0);
    await rig.publish(1_000);
    await complete(client, upTo(REPLAY / 2 + 1_000));
  });

  it('a backlog after a standstill of the server arrives complete', async () => {
    const rig = await startServer();
    const client = await rig.connect();
    await confirmed(client);
    await rig.publish(10);
    for (let i = 0; i < 10_000; i++) rig.broadcast.publish(`symbol-${i % 50}`, VALUE);
    await complete(client, upTo(10_010));
  });

  it('a client with a buffer for five datagrams gets its snapshot, too', async () => {
    const rig = await startServer();
    for (let i = 0; i < 500; i++) rig.broadcast.publish(`symbol-${i}`, VALUE);
    await complete(await rig.connect({ receiveBufferBytes: 12_000 }), upTo(500));
  });

  it('a server that closes lets the replay arrive first', async () => {
    const rig = await startServer();
    for (let i = 0; i < REPLAY / 4; i++) rig.broadcast.publish(`symbol-${i % 50}`, VALUE);
    const client = await rig.connect({ fromSeq: 1 });
    await rig.server.close();
    await complete(client, upTo(REPLAY / 4));
    expect(await client.subscription.closed).toBeUndefined();
  });
});

it('who says nothing more after the first REPORT gets 16 datagrams and a few that ask, then END', async () => {
  const rig = await startServer({ leaseMs: 1_500 });
  for (let i = 0; i < REPLAY; i++) rig.broadcast.publish(`symbol-${i % 50}`, VALUE);
  const request = '{"from":1}';
  const client = new RawUdpClient(rig.server.endpoint.port, {
    request,
    receiveBufferBytes: 212_992,
  });
  client.hello();
  await until('the lease is over', () => client.ofType(PACKET.end).length > 0);
  const data = client.ofType(PACKET.data).length;
  // 16 at once; one each after 200, 600 and 1,400 ms of silence.
  expect(data).toBeGreaterThanOrEqual(17);
  expect(data).toBeLessThanOrEqual(19);
  expect(rig.server.counters.silent).toBe(1);
});
