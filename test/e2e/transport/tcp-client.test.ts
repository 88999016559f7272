import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Codec } from '../../../src/codecs/codec.js';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import { systemClock } from '../../../src/core/clock.js';
import type { ControlMessage, Message } from '../../../src/core/message.js';
import type { Endpoint } from '../../../src/transports/endpoint.js';
import { loadTransport } from '../../../src/transports/registry.js';
import type { Subscription } from '../../../src/transports/transport.js';
import { Recorder, range, rejection, until } from '../../support/conformance/transport-support.js';
import { welcomeIn } from '../../support/conformance/welcome.js';

const clock = systemClock();

/**
 * A server that is not ours: does whatever `serve` does with each connection, once the request has
 * come.
 */
async function strangeServer(serve: (socket: Socket) => void): Promise<Endpoint> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => serve(socket));
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
  };
}

async function subscribe(
  endpoint: Endpoint,
  codec: Codec,
  timeoutMs = 10_000,
): Promise<{ subscription: Subscription; recorder: Recorder }> {
  const recorder = new Recorder(codec);
  const tcp = await loadTransport('tcp');
  const subscription = await tcp.connect(endpoint, { codec, clock, receiver: recorder, timeoutMs });
  onTestFinished(() => subscription.close());
  return { subscription, recorder };
}

function encoded(codec: Codec, items: readonly (Message | ControlMessage)[]): Buffer {
  return Buffer.concat(
    items.map((item) => {
      const room = Buffer.alloc(codec.maxMessageBytes);
      const end =
        'control' in item ? codec.encodeControl(item, room, 0) : codec.encode(item, room, 0);
      return room.subarray(0, end);
    }),
  );
}

const message = (seq: number, length: number): Message => ({
  seq,
  time: seq,
  key: 'k',
  value: 'v'.repeat(length),
});

describe.each(codecNames())('a TCP client with %s', (codecName) => {
  it('puts messages together however the stream is cut', async () => {
    const codec = await loadCodec(codecName);
    const lengths = [0, 1, 10, 100, 1_000, 70_000, 5, 300_000, 600_000, 2, 1_000_000, 3];
    const items = [welcomeIn(codec), ...lengths.map((length, i) => message(i + 1, length))];
    const bytes = encoded(codec, items);
    const endpoint = await strangeServer((socket) => {
      socket.setNoDelay(true);
      void sendInPieces(socket, bytes);
    });
    const { recorder } = await subscribe(endpoint, codec);
    await until(() => recorder.seqs.length === lengths.length, 'all messages');
    expect(recorder.seqs).toEqual(range(1, lengths.length));
    expect(recorder.messages.map(({ value }) => String(value).length)).toEqual(lengths);
  });

  it('shares its read buffer with others of the process without mixing up partial messages', async () => {
    const codec = await loadCodec(codecName);
    let connections = 0;
    const endpoint = await strangeServer((socket) => {
      connections += 1;
      const items = range(1, 40).map((seq) => message(seq, connections * 10_000 + seq));
      void sendInPieces(socket, encoded(codec, [welcomeIn(codec), ...items]));
    });
    const clients = await Promise.all(range(1, 4).map(() => subscribe(endpoint, codec)));
    const recorders = clients.map(({ recorder }) => recorder);
    await until(() => recorders.every(({ seqs }) => seqs.length === 40), 'all messages');
    const seen = recorders.map(({ messages }) =>
      messages.map(({ seq, value }) => String(value).length - seq),
    );
    for (const lengths of seen) expect(new Set(lengths).size).toBe(1);
    expect(seen.map(([base]) => base).sort()).toEqual([10_000, 20_000, 30_000, 40_000]);
  });
});

describe('a TCP client', () => {
  it('gives up after its timeout when the server says nothing', async () => {
    const codec = await loadCodec('line-json');
    const endpoint = await strangeServer(() => {});
    expect(await rejection(subscribe(endpoint, codec, 50))).toBe('LAB_ERR_CONNECT_TIMEOUT');
  });

  it.each<[string, (socket: Socket, codec: Codec) => void, RegExp]>([
    ['hangs up at once', (socket) => socket.end(), /^LAB_ERR_CLOSED$/],
    ['resets the connection', (socket) => socket.resetAndDestroy(), /^LAB_ERR_CONNECT$/],
    [
      'speaks HTTP',
      (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /^LAB_ERR_MALFORMED$/,
    ],
    [
      'sends an END with a reason unknown here',
      (socket, codec) => socket.write(encoded(codec, [{ control: 'end', reason: 'tea-time' }])),
      /^LAB_ERR_PROTOCOL$/,
    ],
    [
      'ends the feed instead of welcoming',
      (socket, codec) => socket.write(encoded(codec, [{ control: 'end', reason: 'closed' }])),
      /^LAB_ERR_CLOSED$/,
    ],
  ])('is refused with a code when the server %s', async (_, serve, code) => {
    for (const codecName of codecNames()) {
      const codec = await loadCodec(codecName);
      const endpoint = await strangeServer((socket) => serve(socket, codec));
      expect(await rejection(subscribe(endpoint, codec, 5_000))).toMatch(code);
    }
  });

  it.each([0, 60_001, 2 ** 31, 2 ** 53 - 1])(
    'does not wait for heartbeats of %d ms',
    async (period) => {
      for (const codecName of codecNames()) {
        const codec = await loadCodec(codecName);
        const welcome = { ...welcomeIn(codec), heartbeat_ms: period };
        const endpoint = await strangeServer((socket) => socket.write(encoded(codec, [welcome])));
        await expect(subscribe(endpoint, codec)).rejects.toMatchObject({
          code: 'LAB_ERR_PROTOCOL',
          message: expect.stringContaining(
            `announced heartbeat_ms ${period}, not a whole number from 1 to 60000`,
          ),
        });
      }
    },
  );

  it('shows a short part of an END that quotes a book', async () => {
    const codec = await loadCodec('line-json');
    for (const end of [
      { reason: 'x'.repeat(500_000) },
      { reason: 'tea-time', message: 'y'.repeat(500_000) },
    ]) {
      const endpoint = await strangeServer((socket) =>
        socket.write(encoded(codec, [{ control: 'end', ...end }])),
      );
      const error = await subscribe(endpoint, codec).catch((refusal: Error) => refusal);
      expect(error).toMatchObject({ code: 'LAB_ERR_PROTOCOL' });
      expect((error as Error).message.length).toBeLessThan(1_100);
    }
  });

  it('quotes a line or two of nonsense, not all of it', async () => {
    const codec = await loadCodec('line-json');
    const much = 'z'.repeat(500_000);
    for (const line of [`{"control":"${much}"}`, `{${much}}`, `{"time":"${much}","seq":1}`]) {
      const endpoint = await strangeServer((socket) => socket.write(`${line}\n`));
      const error = await subscribe(endpoint, codec).catch((refusal: Error) => refusal);
      expect(error).toMatchObject({ code: 'LAB_ERR_MALFORMED' });
      expect((error as Error).message.length).toBeLessThan(400);
    }
  });

  it('says that a server which speaks HTTP is none of the lab, not that bytes were damaged', async () => {
    const codec = await loadCodec('line-json');
    const endpoint = await strangeServer((socket) =>
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    await expect(subscribe(endpoint, codec)).rejects.toMatchObject({
      message: expect.stringContaining(
        `127.0.0.1:${endpoint.port} does not speak like a server of the lab`,
      ),
      hint: expect.stringContaining('is this the port of a lab server'),
    });
  });

  it.each<[string, (socket: Socket, codec: Codec) => void, string, number]>([
    ['dies without END', (socket) => socket.end(), 'LAB_ERR_CLOSED', 0],
    ['resets the connection', (socket) => socket.resetAndDestroy(), 'LAB_ERR_CLOSED', 0],
    ['turns to garbage', (socket) => socket.write('\r\n\r\n'), 'LAB_ERR_MALFORMED', 1],
    [
      'sends a second welcome',
      (socket, codec) => socket.write(encoded(codec, [welcomeIn(codec)])),
      'LAB_ERR_PROTOCOL',
      1,
    ],
    [
      'has skipped more messages than there are',
      (socket, codec) => socket.write(encoded(codec, [{ control: 'lagged', missed: 9, next: 9 }])),
      'LAB_ERR_PROTOCOL',
      1,
    ],
    [
      'counts from 0',
      (socket, codec) => socket.write(encoded(codec, [{ control: 'heartbeat', next: 0 }])),
      'LAB_ERR_PROTOCOL',
      1,
    ],
    [
      'sends a message without end',
      (socket) => socket.write(`{"seq":2,"value":"${'x'.repeat(1_200_000)}`),
      'LAB_ERR_MESSAGE_TOO_LARGE',
      1,
    ],
    [
      'cuts the subscription',
      (socket, codec) =>
        socket.write(encoded(codec, [{ control: 'end', reason: 'LAB_ERR_LAGGED' }])),
      'LAB_ERR_LAGGED',
      0,
    ],
  ])('closes with a code when the server %s', async (_, serve, code, malformed) => {
    const codec = await loadCodec('line-json');
    const endpoint = await strangeServer((socket) => {
      socket.write(encoded(codec, [welcomeIn(codec), message(1, 1)]));
      socket.on('data', () => {});
      setImmediate(() => serve(socket, codec));
    });
    const { subscription, recorder } = await subscribe(endpoint, codec);
    const error = await subscription.closed;
    expect(error?.code).toBe(code);
    expect(subscription.counters.malformed).toBe(malformed);
    expect(recorder.seqs).toEqual([1]);
  });
});

/**
 * Writes `bytes` in pieces of growing length, beginning with single bytes, each in a turn of its
 * own.
 */
async function sendInPieces(socket: Socket, bytes: Buffer): Promise<void> {
  let size = 1;
  for (let at = 0; at < bytes.length; at += size) {
    size = at < 400 ? 1 : (size * 7 + 13) % 90_001;
    socket.write(bytes.subarray(at, at + size));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
