import { isUtf8 } from 'node:buffer';
import { WebSocket as WhatwgWebSocket } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { loadTransport } from '../../../src/transports/registry.js';
import {
  range,
  TestBed,
  type TestBedOptions,
  until,
} from '../../support/conformance/transport-support.js';
import { FakeClock } from '../../support/core/fake-clock.js';
import { RawWs } from '../../support/net/raw-ws.js';

async function wsBed(options: TestBedOptions = {}): Promise<TestBed> {
  return TestBed.open(await loadTransport('ws'), 'line-json', options);
}

const urlOf = (bed: TestBed, target = '/'): string =>
  `ws://127.0.0.1:${bed.server.endpoint.port}${target}`;

/** What a client of somebody else's making got, and how it ended. */
interface Stock {
  readonly messages: (string | Buffer)[];
  closed: { readonly code: number; readonly reason: string } | undefined;
}

function packageClient(url: string): Stock {
  const stock: Stock = { messages: [], closed: undefined };
  const ws = new WebSocket(url);
  ws.on('message', (data: Buffer, isBinary) =>
    stock.messages.push(isBinary ? data : data.toString()),
  );
  ws.on('close', (code, reason) => {
    stock.closed = { code, reason: reason.toString() };
  });
  onTestFinished(() => ws.terminate());
  return stock;
}

function whatwgClient(url: string): Stock {
  const stock: Stock = { messages: [], closed: undefined };
  const ws = new WhatwgWebSocket(url);
  ws.binaryType = 'arraybuffer';
  ws.addEventListener('message', ({ data }) => {
    stock.messages.push(typeof data === 'string' ? data : Buffer.from(data as ArrayBuffer));
  });
  ws.addEventListener('close', ({ code, reason }) => {
    stock.closed = { code, reason };
  });
  onTestFinished(() => ws.close());
  return stock;
}

const linesOf = (stock: Stock): Record<string, unknown>[] =>
  stock.messages
    .flatMap((text) => String(text).trimEnd().split('\n'))
    .map((line) => JSON.parse(line));

describe.each([
  ['the package ws', packageClient],
  ['the WHATWG API, as browsers have it', whatwgClient],
])('a stock client: %s', (_, connect) => {
  it('gets line-json as text: whole lines in every message, then END and close code 1000', async () => {
    const bed = await wsBed();
    const stock = connect(urlOf(bed, '/?codec=line-json'));
    await until(() => stock.messages.length === 1, 'the welcome');
    // Short and long frames: all three forms of the length.
    for (const size of [1, 300, 70_000]) bed.broadcast.publish('é😀', 'x'.repeat(size));
    bed.publish(50);
    await until(() => linesOf(stock).length === 54, 'all messages');
    bed.broadcast.close();
    await until(() => stock.closed !== undefined, 'the close');
    expect(stock.messages.every((data) => typeof data === 'string')).toBe(true);
    const lines = linesOf(stock);
    expect(lines[0]).toMatchObject({ control: 'welcome', codec: 'line-json' });
    expect(lines.slice(1, -1).map(({ seq }) => seq)).toEqual(range(1, 53));
    expect(lines[3]).toMatchObject({ key: 'é😀', value: 'x'.repeat(70_000) });
    expect(lines.at(-1)).toEqual({ control: 'end', reason: 'closed' });
    expect(stock.closed).toEqual({ code: 1_000, reason: 'closed' });
  });

  it('gets msgpack as bytes: together the same stream as over TCP', async () => {
    const bed = await wsBed();
    const { recorder } = await bed.connect();
    const stock = connect(urlOf(bed, '/?codec=msgpack&keys=a,b'));
    await until(() => stock.messages.length === 1, 'the welcome');
    for (const key of ['a', 'c', 'b', 'a']) bed.publish(2, key);
    await until(() => recorder.seqs.length === 8, 'all messages');
    bed.broadcast.close();
    await until(() => stock.closed !== undefined, 'the close');
    const codec = (await import('../../../src/codecs/msgpack.js')).msgpack();
    const seqs: number[] = [];
    for (const data of stock.messages as Buffer[]) {
      const end = codec.scan(data, 0, data.length, {
        message: (seq) => seqs.push(seq),
        control: () => {},
      });
      expect(end, 'whole items in every frame').toBe(data.length);
    }
    expect(seqs).toEqual([1, 2, 5, 6, 7, 8]);
  });

  it.each([
    ['?codec=xml', 1_008, 'LAB_ERR_UNKNOWN_CODEC'],
    ['?codex=xml', 1_008, 'LAB_ERR_BAD_REQUEST'],
    ['?policy=hope', 1_008, 'LAB_ERR_UNKNOWN_POLICY'],
    ['?codec=line-json', 1_013, 'LAB_ERR_MAX_CLIENTS'],
  ])('that asks in vain (%s) finds END, and close code %i', async (query, code, reason) => {
    const bed = await wsBed({
      broadcast: { maxClients: reason === 'LAB_ERR_MAX_CLIENTS' ? 1 : 2 },
    });
    await bed.connect();
    const stock = connect(urlOf(bed, `/${query}`));
    await until(() => stock.closed !== undefined, 'the close');
    expect(linesOf(stock)).toEqual([{ control: 'end', reason, message: expect.any(String) }]);
    expect(stock.closed).toEqual({ code, reason });
    expect(bed.server.counters).toMatchObject({ accepted: 1, refused: 1 });
  });
});

describe('the request to a WebSocket server', () => {
  it('may be the first message, text or binary; what is said later is read and ignored', async () => {
    const bed = await wsBed();
    for (const opcode of [1, 2]) {
      const client = await RawWs.upgrade(bed.server.endpoint);
      client.send(opcode, '{"keys":["a"]}\n');
      for (let i = 0; i < 20; i++) client.send(opcode, 'not JSON');
      client.send(9, 'still there?');
      await until(() => client.frames.some(({ opcode }) => opcode === 10), 'the pong');
      bed.publish(1, 'b');
      const seq = bed.broadcast.publish('a', 1);
      await until(() => client.seqs.at(-1) === seq, 'its message');
      expect(client.items.every((item) => !('seq' in item) || item.key === 'a')).toBe(true);
    }
    expect(bed.server.counters).toMatchObject({ accepted: 2, refused: 0, malformed: 0 });
  });

  it('may be silence: the default stream after the grace period, not before, without welcome and heartbeats', async () => {
    const clock = new FakeClock();
    const bed = await wsBed({ listen: { graceMs: 250, clock } });
    bed.broadcast.publish('a', 1);
    const client = await RawWs.upgrade(bed.server.endpoint);
    clock.advance(249);
    expect(bed.server.counters.accepted).toBe(0);
    clock.advance(1);
    await until(() => client.seqs.length === 1, 'the snapshot');
    expect(client.controls).toEqual([]);
  });

  it('that is announced and does not come in time is refused, however long the grace period', async () => {
    const clock = new FakeClock();
    const bed = await wsBed({ listen: { graceMs: 1, heartbeatMs: 60_000, clock } });
    const client = await RawWs.upgrade(bed.server.endpoint, '/?request=message');
    clock.advance(4_999);
    expect(bed.server.counters.refused).toBe(0);
    clock.advance(1);
    await until(() => client.closeCode !== undefined, 'the close frame');
    expect(client.items).toEqual([
      expect.objectContaining({ control: 'end', reason: 'LAB_ERR_BAD_REQUEST' }),
    ]);
    expect([client.closeCode, bed.server.counters.refused]).toEqual([1_008, 1]);
    // It never answers the close: the connection goes all the same.
    clock.advance(2_000);
    await until(() => client.ended, 'the server to hang up');
  });

  it.each([
    ['{"codec":', 'LAB_ERR_BAD_REQUEST'],
    ['\ud83d', 'LAB_ERR_BAD_REQUEST'],
    ['{"from":0}', 'LAB_ERR_BAD_REQUEST'],
    ['{"codec":"\\ud800"}', 'LAB_ERR_UNKNOWN_CODEC'],
  ])('%j is refused as text', async (text, reason) => {
    const bed = await wsBed();
    const client = await RawWs.upgrade(bed.server.endpoint);
    client.send(1, text);
    await until(() => client.closeCode !== undefined, 'the close frame');
    expect(client.items).toEqual([expect.objectContaining({ control: 'end', reason })]);
  });
});

it('a slice of any length is a frame that holds whole messages, valid as text', async () => {
  const bed = await wsBed({ broadcast: { flush: 0 }, listen: { maxQueuedBytes: 40_000 } });
  const client = await RawWs.upgrade(bed.server.endpoint, '/?codec=line-json');
  await until(() => client.controls.length === 1, 'the welcome');
  for (let i = 0; i < 300; i++) bed.broadcast.publish('k', 'é😀'.repeat(i));
  await until(() => client.seqs.length === 300, 'all messages');
  const data = client.frames.slice(1);
  expect(
    data.every(({ opcode, payload }) => opcode === 1 && isUtf8(payload) && payload.at(-1) === 0x0a),
  ).toBe(true);
  expect(Math.max(...data.map(({ payload }) => payload.length))).toBeGreaterThan(16 * 1024);
  expect(client.seqs).toEqual(range(1, 300));
});
