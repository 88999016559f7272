/** Silent servers of TCP and WebSocket. */
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { Codec } from '../../../src/codecs/codec.js';
import type { Welcome } from '../../../src/core/message.js';
import { acceptFor } from '../../../src/transports/ws/handshake.js';
import { until } from '../../support/conformance/transport-support.js';
import { welcomeIn } from '../../support/conformance/welcome.js';
import { packageFrame } from '../../support/core/ws-frame.js';
import { encoded, promised, type Silence, type SilentServer } from './silence.js';

const HOST = '127.0.0.1';

/** What is done with a connection, once its first bytes have come. */
type Script = (socket: Socket, say: Words, request: string) => Promise<void> | void;

async function scripted(script: Script, say: Words, next: Buffer): Promise<SilentServer> {
  const { promise, resolve } = promised();
  let latest: Socket | undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    latest = socket;
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    socket.once('data', async (request: Buffer) => {
      await script(socket, say, request.toString('latin1'));
      resolve();
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  return { endpoint: { host: HOST, port }, silent: promise, speak: () => void latest?.write(next) };
}

/** A port whose queue of connections is full: what comes now gets no answer at all. */
async function fullBacklog(): Promise<SilentServer> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen({ host: '${HOST}', port: 0, backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  onTestFinished(async () => void (await worker.terminate()));
  const [port] = (await once(worker, 'message')) as [number];
  const fill = (): Socket => {
    const socket = createConnection({ host: HOST, port });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  // A backlog of one takes two.
  const fillers = [fill(), fill()];
  await until(() => fillers.every(({ connecting }) => !connecting), 'the backlog to be full');
  return { endpoint: { host: HOST, port }, silent: Promise.resolve(), speak() {} };
}

/** The same again without an end, one a turn of the event loop. */
async function trickle(socket: Socket, bytes: string | Buffer): Promise<void> {
  const next = (): void => {
    if (socket.destroyed) return;
    socket.write(bytes);
    setImmediate(next);
  };
  next();
}

/** What a script may say, in the codec asked for. */
interface Words {
  readonly welcome: Buffer;
  readonly heartbeat: Buffer;
  readonly data: Buffer;
  /** The beginning of an item that never ends. */
  readonly endless: Buffer;
}

function wordsIn(codec: Codec, welcome: Welcome = welcomeIn(codec)): Words {
  const room = Buffer.alloc(4_096);
  return {
    welcome: encoded(codec, welcome),
    heartbeat: encoded(codec, { control: 'heartbeat', next: 1 }),
    data: room.subarray(0, codec.encode({ seq: 1, time: 1, key: 'k', value: 1 }, room, 0)),
    endless:
      codec.name === 'msgpack'
        ? Buffer.of(0x81, 0xdb, 0, 0, 0xff, 0xff)
        : Buffer.from('{"control":"'),
  };
}

const tcp = (server: string, script: Script, welcomes?: Silence['welcomes']): Silence => ({
  server,
  ...(welcomes === undefined ? {} : { welcomes }),
  open: (codec, welcome) => {
    const say = wordsIn(codec, welcome);
    return scripted(script, say, welcomes === undefined ? say.welcome : say.heartbeat);
  },
});

export const TCP_SILENCES: readonly Silence[] = [
  { server: 'does not even accept the connection', open: fullBacklog },
  { ...tcp('has the request and says nothing', () => {}), isLate: true },
  tcp('says half a welcome', (socket, say) => void socket.write(say.welcome.subarray(0, 20))),
  tcp('says a welcome without end, byte by byte', (socket, say) => {
    socket.write(say.endless);
    return trickle(socket, 'a');
  }),
  // The client takes its request for outrun, and waits before it comes again.
  tcp('begins with data', (socket, say) => void socket.write(say.data)),
  tcp(
    'says nothing after the welcome',
    (socket, say) => void socket.write(say.welcome),
    'then-nothing',
  ),
  tcp(
    'says half a message after the welcome',
    (socket, say) => void socket.write(Buffer.concat([say.welcome, say.endless])),
    'then-nonsense',
  ),
  tcp(
    'says a message without end after the welcome, byte by byte',
    (socket, say) => {
      socket.write(Buffer.concat([say.welcome, say.endless]));
      return trickle(socket, 'a');
    },
    'then-nonsense',
  ),
];

const upgrade = (request: string): string => {
  const key = /Sec-WebSocket-Key: (\S+)/.exec(request)?.[1] ?? '';
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptFor(key)}`,
    '\r\n',
  ].join('\r\n');
};

/** After the upgrade, with what the client then asks for. */
const upgraded =
  (script: (socket: Socket, say: Words) => void | Promise<void>): Script =>
  async (socket, say, request) => {
    socket.write(upgrade(request));
    await once(socket, 'data');
    await script(socket, say);
  };

const ws = (server: string, script: Script, welcomes?: Silence['welcomes']): Silence => ({
  server,
  ...(welcomes === undefined ? {} : { welcomes }),
  open: (codec, welcome) => {
    const say = wordsIn(codec, welcome);
    return scripted(script, say, frame(welcomes === undefined ? say.welcome : say.heartbeat));
  },
});

const frame = (bytes: Buffer): Buffer => packageFrame(bytes, 2);

export const WS_SILENCES: readonly Silence[] = [
  { server: 'does not even accept the connection', open: fullBacklog },
  ws('does not answer the upgrade', () => {}),
  ws(
    'answers half of the upgrade',
    (socket, _, request) => void socket.write(upgrade(request).slice(0, 60)),
  ),
  ws('answers the upgrade without end, byte by byte', (socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nX-Long: ');
    return trickle(socket, 'a');
  }),
  {
    ...ws(
      'upgrades and says nothing',
      upgraded(() => {}),
    ),
    isLate: true,
  },
  ws(
    'says half a header of a frame',
    upgraded((socket) => void socket.write(Buffer.of(0x82))),
  ),
  ws(
    'says half a welcome',
    upgraded((socket, say) => void socket.write(frame(say.welcome).subarray(0, 20))),
  ),
  ws(
    'begins with data',
    upgraded((socket, say) => void socket.write(frame(say.data))),
  ),
  ws(
    'says nothing after the welcome',
    upgraded((socket, say) => void socket.write(frame(say.welcome))),
    'then-nothing',
  ),
  ws(
    'says half a message after the welcome',
    upgraded(
      (socket, say) => void socket.write(Buffer.concat([frame(say.welcome), frame(say.endless)])),
    ),
    'then-nonsense',
  ),
  ws(
    'says a message without end after the welcome, in frames of a byte',
    upgraded((socket, say) => {
      socket.write(Buffer.concat([frame(say.welcome), frame(say.endless)]));
      return trickle(socket, frame(Buffer.from('a')));
    }),
    'then-nonsense',
  ),
  ws(
    'only pings after the welcome',
    upgraded((socket, say) => {
      socket.write(frame(say.welcome));
      return trickle(socket, packageFrame(Buffer.alloc(0), 9));
    }),
    'then-nonsense',
  ),
];
