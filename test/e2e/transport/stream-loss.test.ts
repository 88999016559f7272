/**
 * What a client of a stream makes of a server that does not wait for its request, and of one that
 * falls silent.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import { type Clock, systemClock } from '../../../src/core/clock.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { encodeItems } from '../../support/conformance/codec-support.js';
import { Recorder, rejection, until } from '../../support/conformance/transport-support.js';
import { welcomeIn } from '../../support/conformance/welcome.js';
import { FakeClock } from '../../support/core/fake-clock.js';

const MESSAGES = [1, 2, 3].map((seq) => ({ seq, time: 1, key: 'k', value: 'v' }));

/** Waits a hundredth as long. */
const hasty: Clock = {
  now: () => systemClock().now(),
  setTimeout: (callback, ms) => systemClock().setTimeout(callback, ms / 100),
  setImmediate: (callback) => systemClock().setImmediate(callback),
};

/** In a hundredth of it a busy machine connects, too. */
const LONG_MS = 1_000_000;

async function tcpServer(serve: (socket: Socket, connection: number) => void): Promise<number> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {}).resume();
    onTestFinished(() => void socket.destroy());
    serve(socket, connections);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as { readonly port: number }).port;
}

async function wsServer(serve: (socket: Socket) => void): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (ws, { socket }) => {
    ws.on('error', () => {});
    onTestFinished(() => ws.terminate());
    serve(socket);
  });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as { readonly port: number }).port;
}

describe('a TCP client whose request was outrun by the stream of a client without one', () => {
  it.each(codecNames().flatMap((own) => codecNames().map((bare) => [own, bare])))(
    'tries again, wanting %s where the stream is %s, and takes nothing of it for its own',
    async (own, bare) => {
      const codec = await loadCodec(own!);
      const begun = encodeItems(await loadCodec(bare!), MESSAGES);
      const proper = encodeItems(codec, [welcomeIn(codec), ...MESSAGES.slice(0, 2)]);
      const port = await tcpServer((socket, connection) =>
        socket.write(connection < 3 ? begun : proper),
      );
      const recorder = new Recorder(codec);
      const tcp = await loadTransport('tcp');
      const subscription = await tcp.connect(
        { host: '127.0.0.1', port },
        { codec, clock: hasty, timeoutMs: LONG_MS, receiver: recorder },
      );
      onTestFinished(() => subscription.close());
      await until(() => recorder.seqs.length === 2, 'both messages');
      expect(recorder.seqs).toEqual([1, 2]);
    },
  );

  it('gives up after four attempts, and says that it was too slow', async () => {
    const codec = await loadCodec('line-json');
    let attempts = 0;
    const port = await tcpServer((socket) => {
      attempts += 1;
      socket.write(encodeItems(codec, MESSAGES));
    });
    const tcp = await loadTransport('tcp');
    const connecting = tcp.connect(
      { host: '127.0.0.1', port },
      { codec, clock: hasty, timeoutMs: LONG_MS, receiver: new Recorder(codec) },
    );
    expect(await rejection(connecting)).toBe('LAB_ERR_CONNECT_TIMEOUT');
    await expect(connecting).rejects.toThrow(
      `127.0.0.1:${port} began its stream before it had our request`,
    );
    expect(attempts).toBe(4);
  });
});

describe('a server that falls silent', () => {
  it.each(['tcp', 'ws'])(
    'over %s ends the subscription, though the connection stays',
    async (name) => {
      const codec = await loadCodec('line-json');
      const bytes = encodeItems(codec, [welcomeIn(codec), ...MESSAGES]);
      const port =
        name === 'tcp'
          ? await tcpServer((socket) => socket.write(bytes))
          : await wsServer((socket) =>
              socket.write(
                Buffer.concat([Buffer.of(0x81, 126, bytes.length >> 8, bytes.length), bytes]),
              ),
            );
      const clock = new FakeClock();
      const recorder = new Recorder(codec);
      const transport = await loadTransport(name);
      const subscription = await transport.connect(
        { host: '127.0.0.1', port },
        { codec, clock, receiver: recorder },
      );
      await until(() => recorder.seqs.length === 3, 'the messages');
      clock.advance(4_000);
      expect(clock.pending).toBeGreaterThan(0);
      clock.advance(4_000);
      expect(await subscription.closed).toMatchObject({
        code: 'LAB_ERR_PEER_TIMEOUT',
        message: `nothing heard from 127.0.0.1:${port} for 5 s`,
      });
      expect(clock.pending).toBe(0);
    },
  );
});
