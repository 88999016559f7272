import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { PACKET } from '../../../../src/transports/datagram/wire.js';
import { udp } from '../../../../src/transports/udp/index.js';
import type { Direction } from '../../../support/net/udp-relay.js';
import { clock, codec, Recorder, startServer, until, upTo } from '../../../support/net/udp-rig.js';

describe('the UDP handshake', () => {
  it.each<[string, Direction, number]>([
    ['HELLO', 'up', PACKET.hello],
    ['RETRY', 'down', PACKET.retry],
    ['SUBSCRIBE', 'up', PACKET.subscribe],
    ['ACCEPT', 'down', PACKET.accept],
    ['first REPORT', 'up', PACKET.report],
  ])('survives the loss of a %s, and no message', async (_name, direction, type) => {
    const rig = await startServer();
    const relay = await rig.relay();
    relay.rule = (way, kind, index) =>
      way === direction && kind === type && index === 0 ? 'drop' : 'pass';
    const { recorder } = await rig.connect({}, relay.port);
    for (let i = 0; i < 5; i++) rig.broadcast.publish('key', i);
    await until('all have come', () => recorder.seqs.length === 5);
    expect(recorder.seqs).toEqual(upTo(5));
    expect(rig.server.counters).toMatchObject({ accepted: 1, refused: 0, malformed: 0 });
  });

  it('owes what is published between a lost ACCEPT and its repetition', async () => {
    const rig = await startServer();
    const relay = await rig.relay();
    relay.rule = (_way, type, index) => {
      if (type !== PACKET.accept || index > 0) return 'pass';
      for (let i = 0; i < 3; i++) rig.broadcast.publish('key', i);
      return 'drop';
    };
    const { recorder, subscription } = await rig.connect({}, relay.port);
    expect(subscription.welcome.next).toBe(1);
    await until('all have come', () => recorder.seqs.length === 3);
    expect(recorder.seqs).toEqual([1, 2, 3]);
  });

  it('makes one subscription of packets that all come twice', async () => {
    const rig = await startServer();
    const relay = await rig.relay();
    relay.rule = (_way, type) => (type === PACKET.data ? 'pass' : 'twice');
    const { recorder, subscription } = await rig.connect({}, relay.port);
    await rig.publish(3);
    await until('all have come', () => recorder.seqs.length === 3);
    expect(rig.server.counters).toMatchObject({ accepted: 1, ended: 0 });
    expect(rig.broadcast.counters.clients).toBe(1);
    expect(subscription.counters.malformed).toBe(0);
  });

  it('starts again with HELLO when SUBSCRIBE stays without an answer', async () => {
    const rig = await startServer();
    const relay = await rig.relay();
    let hellos = 0;
    relay.rule = (_way, type, index) => {
      if (type === PACKET.hello) hellos += 1;
      return type === PACKET.subscribe && index < 4 ? 'drop' : 'pass';
    };
    await rig.connect({}, relay.port);
    expect(hellos).toBe(2);
    expect(rig.server.counters.accepted).toBe(1);
  });

  it('gives up at the timeout when nobody answers', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const endpoint = { host: '127.0.0.1', port: silent.address().port };
    const options = { codec, clock, receiver: new Recorder(), timeoutMs: 300 };
    await expect(udp.connect(endpoint, options)).rejects.toMatchObject({
      code: 'LAB_ERR_CONNECT_TIMEOUT',
      message: expect.stringContaining(`127.0.0.1:${endpoint.port}`),
      hint: expect.any(String),
    });
    silent.close();
  });

  it('gives up early when the port is closed', async () => {
    const rig = await startServer();
    await rig.server.close();
    const options = { codec, clock, receiver: new Recorder(), timeoutMs: 60_000 };
    await expect(udp.connect(rig.server.endpoint, options)).rejects.toMatchObject({
      code: 'LAB_ERR_CONNECT',
    });
  });

  it('does not try a host or port that cannot be', async () => {
    const options = { codec, clock, receiver: new Recorder() };
    for (const endpoint of [
      { host: 'no-such-host.invalid', port: 9 },
      { host: '127.0.0.1', port: 0 },
    ]) {
      await expect(udp.connect(endpoint, options)).rejects.toMatchObject({
        code: 'LAB_ERR_CONNECT',
      });
    }
  });

  it.each([
    ['the server is full', { maxClients: 0 }, {}, 'LAB_ERR_MAX_CLIENTS'],
    ['the policy is unknown', {}, { policy: 'no-such' }, 'LAB_ERR_UNKNOWN_POLICY'],
    [
      'the codec is not offered',
      {},
      { codec: { ...codec, name: 'other' } },
      'LAB_ERR_UNKNOWN_CODEC',
    ],
    ['a key is not allowed', {}, { keys: ['k'.repeat(257)] }, 'LAB_ERR_BAD_REQUEST'],
    [
      'the request fits no datagram',
      {},
      { keys: upTo(10).map((n) => `${n}`.repeat(200)) },
      'LAB_ERR_BAD_REQUEST',
    ],
  ])('is refused with the reason when %s', async (_what, broadcast, connect, code) => {
    const rig = await startServer({ broadcast });
    await expect(rig.connect(connect)).rejects.toMatchObject({ code });
    expect(rig.server.counters.accepted).toBe(0);
    expect(rig.broadcast.counters.clients).toBe(0);
  });
});
