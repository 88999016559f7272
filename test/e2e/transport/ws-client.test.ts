import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import { systemClock } from '../../../src/core/clock.js';
import type { Message } from '../../../src/core/message.js';
import type { Endpoint } from '../../../src/transports/endpoint.js';
import { loadTransport } from '../../../src/transports/registry.js';
import type { Subscription } from '../../../src/transports/transport.js';
import { encodeItems } from '../../support/conformance/codec-support.js';
import { Recorder, range, rejection, until } from '../../support/conformance/transport-support.js';
import { welcomeIn } from '../../support/conformance/welcome.js';
import { packageFrame } from '../../support/core/ws-frame.js';

const clock = systemClock();
const message = (seq: number, length: number): Message => ({
  seq,
  time: seq,
  key: 'k',
  value: 'v'.repeat(length),
});

/**
 * A WebSocket server that is not ours: `serve` gets the bare socket once the request has come, and
 * its text.
 */
async function strangeServer(serve: (socket: Socket, request: string) => void): Promise<Endpoint> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (ws, { socket }) => {
    ws.on('error', () => {});
    ws.once('message', (data: Buffer) => serve(socket, data.toString()));
    onTestFinished(() => ws.terminate());
  });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return endpointOf(server.address());
}

/** A server that speaks no WebSocket: answers the first bytes with these, or with nothing. */
async function strangePort(answer: string): Promise<Endpoint> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(answer));
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return endpointOf(server.address());
}

function endpointOf(address: unknown): Endpoint {
  return { host: '127.0.0.1', port: (address as { readonly port: number }).port };
}

async function subscribe(
  endpoint: Endpoint,
  codecName = 'line-json',
  timeoutMs = 10_000,
): Promise<{ subscription: Subscription; recorder: Recorder }> {
  const codec = await loadCodec(codecName);
  const recorder = new Recorder(codec);
  const ws = await loadTransport('ws');
  const subscription = await ws.connect(endpoint, {
    codec,
    clock,
    receiver: recorder,
    timeoutMs,
    keys: ['k'],
  });
  onTestFinished(() => subscription.close());
  return { subscription, recorder };
}

describe('a WebSocket client', () => {
  it.each(codecNames())(
    'puts messages of %s together however frames and reads cut them',
    async (codecName) => {
      const codec = await loadCodec(codecName);
      const lengths = [0, 1, 10, 100, 1_000, 70_000, 5, 300_000, 600_000, 2, 1_000_000, 3];
      const items = [welcomeIn(codec), ...lengths.map((length, i) => message(i + 1, length))];
      const payload = encodeItems(codec, items);
      const requests: string[] = [];
      const endpoint = await strangeServer(async (socket, request) => {
        requests.push(request);
        let size = 1;
        for (let at = 0; at < payload.length; at += size) {
          size = at < 400 ? 1 : (size * 7 + 13) % 90_001;
          const bytes = packageFrame(payload.subarray(at, at + size), 2);
          // Each frame in two writes, cut in its header.
          socket.write(bytes.subarray(0, 1));
          await new Promise<void>((resolve) => setImmediate(resolve));
          socket.write(bytes.subarray(1));
        }
      });
      const { recorder } = await subscribe(endpoint, codecName);
      await until(() => recorder.seqs.length === lengths.length, 'all messages');
      expect(recorder.seqs).toEqual(range(1, lengths.length));
      expect(recorder.messages.map(({ value }) => String(value).length)).toEqual(lengths);
      expect(requests).toEqual([`{"codec":"${codecName}","keys":["k"]}`]);
    },
  );

  it('answers pings, masked, with what was in them', async () => {
    const codec = await loadCodec('line-json');
    const pongs: string[] = [];
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    server.on('connection', (ws) => {
      ws.on('pong', (data) => pongs.push(data.toString()));
      ws.once('message', () => {
        ws.send(encodeItems(codec, [welcomeIn(codec)]));
        ws.ping('one');
        ws.ping('');
      });
    });
    await subscribe(endpointOf(server.address()));
    await until(() => pongs.length === 2, 'both pongs');
    expect(pongs).toEqual(['one', '']);
  });

  it.each<[string, string, string]>([
    ['says nothing', '', 'LAB_ERR_CONNECT_TIMEOUT'],
    [
      'speaks the TCP protocol of the lab',
      '{"control":"end","reason":"LAB_ERR_BAD_REQUEST"}\n',
      'LAB_ERR_PROTOCOL',
    ],
    ['is a web server', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 'LAB_ERR_CONNECT'],
    [
      'upgrades with another key',
      'HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: x\r\n\r\n',
      'LAB_ERR_PROTOCOL',
    ],
  ])('is refused with a code by a server that %s', async (_, answer, code) => {
    const endpoint = await strangePort(answer);
    expect(await rejection(subscribe(endpoint, 'line-json', answer === '' ? 50 : 5_000))).toBe(
      code,
    );
  });

  it.each(codecNames())('with %s understands a refusal in JSON', async (codecName) => {
    const endpoint = await strangeServer((socket) => {
      socket.write(
        packageFrame(Buffer.from('{"control":"end","reason":"LAB_ERR_MAX_FILTERS"}\n'), 1),
      );
    });
    expect(await rejection(subscribe(endpoint, codecName))).toBe('LAB_ERR_MAX_FILTERS');
  });

  it.each<[string, Buffer, string, number]>([
    [
      'closes with a code and no END',
      packageFrame(Buffer.from('03f3627965', 'hex'), 8),
      'LAB_ERR_CLOSED',
      0,
    ],
    ['masks its frames', Buffer.from('818537fa213d7f9f4d5158', 'hex'), 'LAB_ERR_PROTOCOL', 1],
    ['turns to garbage', packageFrame(Buffer.from('\r\n\r\n'), 1), 'LAB_ERR_MALFORMED', 1],
    [
      'announces 2^53 bytes of one message',
      Buffer.concat([Buffer.from('827f0020000000000000', 'hex')]),
      'LAB_ERR_PROTOCOL',
      1,
    ],
    [
      'sends a message without end',
      packageFrame(Buffer.from(`{"seq":2,"value":"${'x'.repeat(1_200_000)}`), 1),
      'LAB_ERR_MESSAGE_TOO_LARGE',
      1,
    ],
    [
      'cuts the subscription',
      packageFrame(Buffer.from('{"control":"end","reason":"LAB_ERR_LAGGED"}\n'), 1),
      'LAB_ERR_LAGGED',
      0,
    ],
  ])('closes with a code when the server %s', async (_, bytes, code, malformed) => {
    const codec = await loadCodec('line-json');
    const endpoint = await strangeServer((socket) => {
      socket.write(packageFrame(encodeItems(codec, [welcomeIn(codec), message(1, 1)]), 1));
      setImmediate(() => socket.write(bytes));
    });
    const { subscription, recorder } = await subscribe(endpoint);
    expect((await subscription.closed)?.code).toBe(code);
    expect(subscription.counters.malformed).toBe(malformed);
    expect(recorder.seqs).toEqual([1]);
  });

  it('that leaves says so with close code 1000', async () => {
    const codec = await loadCodec('line-json');
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const codes: number[] = [];
    server.on('connection', (ws) => {
      ws.on('error', () => {});
      ws.on('close', (code) => codes.push(code));
      ws.once('message', () => ws.send(encodeItems(codec, [welcomeIn(codec)])));
    });
    const { subscription } = await subscribe(endpointOf(server.address()));
    await subscription.close();
    await until(() => codes.length === 1, 'the close');
    expect(codes).toEqual([1_000]);
  });
});
