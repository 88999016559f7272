/** Silent servers of UDP and of multicast groups. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { onTestFinished } from 'vitest';
import type { Welcome } from '../../../src/core/message.js';
import { encodeAnnounce } from '../../../src/transports/datagram/control-packets.js';
import { DEFAULT_GROUP } from '../../../src/transports/datagram/group.js';
import {
  decodeHello,
  decodeSubscribe,
  encodeAccept,
  encodeRetry,
  TOKEN_BYTES,
} from '../../../src/transports/datagram/handshake-packets.js';
import { ID_BYTES, packet } from '../../../src/transports/datagram/packet-fields.js';
import {
  type Epoch,
  PACKET,
  packetType,
  parseEpoch,
} from '../../../src/transports/datagram/wire.js';
import { welcomeIn } from '../../support/conformance/welcome.js';
import { promised, type Silence, type SilentServer } from './silence.js';

const HOST = '127.0.0.1';
const EPOCH = parseEpoch('0123456789abcdef');
/** More than the event loop takes of a socket in one pass, all of it nonsense. */
const NOISE = Array.from({ length: 100 }, () => Buffer.from('noise'));

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  onTestFinished(() => void socket.close());
  return socket;
}

/** Answers with what `answer` makes of a packet; silent where that is nothing. */
const udp = (
  server: string,
  answer: (type: number, bytes: Buffer, welcome: Welcome) => Buffer | undefined,
  welcomes?: Silence['welcomes'],
): Silence => ({
  server,
  ...(welcomes === undefined ? {} : { welcomes }),
  open: async (codec, welcome = welcomeIn(codec)): Promise<SilentServer> => {
    const socket = await bound();
    const { promise, resolve } = promised();
    let client: RemoteInfo | undefined;
    let latest = Buffer.alloc(0);
    const send = (bytes: Buffer): void => socket.send(bytes, client?.port, client?.address);
    socket.on('message', (bytes, from) => {
      client = from;
      latest = bytes;
      const type = packetType(bytes);
      const said = answer(type, bytes, welcome);
      if (said !== undefined) send(said);
      if (said === undefined || type === PACKET.subscribe) resolve();
    });
    const heartbeat = packet(PACKET.heartbeat, { epoch: EPOCH, seq: 1, dseq: 1 }, []);
    return {
      endpoint: { host: HOST, port: socket.address().port },
      silent: promise,
      speak: () => {
        const late = welcomes === undefined ? accept(PACKET.subscribe, latest, welcome) : heartbeat;
        if (late !== undefined) [...NOISE, late].forEach(send);
      },
    };
  },
});

function retry(type: number, bytes: Buffer): Buffer | undefined {
  const hello = type === PACKET.hello ? decodeHello(bytes) : undefined;
  if (hello === undefined) return undefined;
  return encodeRetry({
    sendTime: 0,
    nonce: hello.nonce,
    token: Buffer.alloc(TOKEN_BYTES, 7),
    versions: [1],
  });
}

function accept(type: number, bytes: Buffer, welcome: Welcome): Buffer | undefined {
  const subscribe = type === PACKET.subscribe ? decodeSubscribe(bytes) : undefined;
  if (subscribe === undefined) return retry(type, bytes);
  return encodeAccept({
    sendTime: 0,
    ...startOf(welcome),
    snapshot: welcome.snapshot,
    nonce: subscribe.nonce,
    id: Buffer.alloc(ID_BYTES, 8),
    leaseMs: 5_000,
    policy: '',
    repair: false,
  });
}

export const UDP_SILENCES: readonly Silence[] = [
  udp('says no RETRY', () => undefined),
  { ...udp('says RETRY and no ACCEPT', retry), isLate: true },
  udp(
    'says RETRY and then nonsense',
    (type, bytes) =>
      retry(type, bytes) ?? (type === PACKET.subscribe ? Buffer.from('nonsense') : undefined),
  ),
  udp('says nothing after ACCEPT', accept, 'then-nothing'),
  udp(
    'says only nonsense after ACCEPT',
    (type, bytes, welcome) => accept(type, bytes, welcome) ?? DATA,
    'then-nonsense',
  ),
];

/** Says `packets` to the group, again and again: nobody knows when a member has joined. */
const group = (
  server: string,
  packets: (welcome: Welcome) => readonly Buffer[],
  welcomes?: Silence['welcomes'],
): Silence => ({
  server,
  ...(welcomes === undefined ? {} : { welcomes }),
  open: async (codec, welcome = welcomeIn(codec)): Promise<SilentServer> => {
    const socket = await bound();
    socket.setMulticastInterface(HOST);
    const { port } = socket.address();
    const send = (bytes: Buffer): void => socket.send(bytes, port, DEFAULT_GROUP);
    const again = setInterval(() => packets(welcome).forEach(send), 1);
    onTestFinished(() => clearInterval(again));
    return {
      endpoint: { host: DEFAULT_GROUP, port },
      silent: Promise.resolve(),
      speak: () => [...NOISE, announce(welcome)].forEach(send),
      hush: () => clearInterval(again),
    };
  },
});

const DATA = packet(PACKET.data, { epoch: EPOCH, seq: 1, dseq: 1, count: 9 }, [
  Buffer.from('nonsense'),
]);

export const GROUP_SILENCES: readonly Silence[] = [
  { ...group('says nothing', () => []), isLate: true },
  group('sends data and no announcement', () => [DATA]),
  group('sends nonsense', () => [NOISE[0] as Buffer]),
  group('says nothing after its announcement', (welcome) => [announce(welcome)], 'then-nothing'),
];

function announce(welcome: Welcome): Buffer {
  return encodeAnnounce({ ...startOf(welcome), dseq: 1, sendTime: 0 });
}

function startOf({ epoch, next, oldest, heartbeat_ms, codec }: Welcome): {
  readonly epoch: Epoch;
  readonly next: number;
  readonly oldest: number;
  readonly heartbeatMs: number;
  readonly codec: string;
} {
  return { epoch: parseEpoch(epoch), next, oldest, heartbeatMs: heartbeat_ms, codec };
}
