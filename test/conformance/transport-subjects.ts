/** Every registered transport, by each way to send and to read that it has. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { WebSocket } from 'ws';
import type { Endpoint } from '../../src/transports/endpoint.js';
import { openNativeSockets } from '../../src/transports/native/client/native-sockets.js';
import { openVirtualSockets } from '../../src/transports/native/client/virtual-sockets.js';
import { loadNative } from '../../src/transports/native/native.js';
import { NODE_SOCKETS } from '../../src/transports/node/node-sockets.js';
import { clock } from '../support/conformance/transport-support.js';
import { GROUP_SILENCES, UDP_SILENCES } from './silences/datagram.js';
import { TCP_SILENCES, WS_SILENCES } from './silences/stream.js';
import type { Subject } from './transport-law.js';

/** One connection for each piece of nonsense; over when the server has answered. */
async function tcpStranger({ host, port }: Endpoint, packets: readonly Buffer[]): Promise<void> {
  await Promise.all(
    packets.map(async (packet) => {
      const socket = createConnection({ host, port });
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.end(packet);
      // Served or told why not: either way the server answers.
      await once(socket, 'data');
      socket.destroy();
    }),
  );
}

async function udpStranger({ host, port }: Endpoint, packets: readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const packet of packets) {
    await new Promise<void>((resolve) => socket.send(packet, port, host, () => resolve()));
  }
  await new Promise<void>((resolve) => socket.close(resolve));
}

/**
 * Three connections for each piece of nonsense: instead of HTTP, instead of frames, and as the
 * request message.
 */
async function wsStranger({ host, port }: Endpoint, packets: readonly Buffer[]): Promise<void> {
  const url = `ws://${host}:${port}`;
  await tcpStranger({ host, port }, packets);
  await Promise.all(
    packets.flatMap((packet) => {
      const noFrames = new WebSocket(url);
      noFrames.on('upgrade', ({ socket }) => socket.end(packet));
      const noRequest = new WebSocket(url);
      noRequest.on('open', () => noRequest.send(packet));
      return [noFrames, noRequest].map(async (ws) => {
        ws.on('error', () => {});
        // Told why not, or served after the grace period because nothing whole had come.
        await new Promise((resolve) => ws.once('message', resolve).once('close', resolve));
        ws.terminate();
      });
    }),
  );
}

/** To the group, from the interface that it is sent from. */
async function groupStranger({ host, port }: Endpoint, packets: readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, LOOPBACK, resolve));
  socket.setMulticastInterface(LOOPBACK);
  for (const packet of packets) {
    await new Promise<void>((resolve) => socket.send(packet, port, host, () => resolve()));
  }
  await new Promise<void>((resolve) => socket.close(resolve));
}

const LOOPBACK = '127.0.0.1';
const FULL_BUFFER =
  'datagrams above the receive buffer of a socket are dropped by the kernel, and counted as lost';

/** What `auto` is depends on koffi and the kernel; on any Linux that is tested it is the best. */
const NATIVE = await loadNative().then(
  () => true,
  () => false,
);

const UDP = {
  name: 'udp',
  stranger: udpStranger,
  silences: UDP_SILENCES,
  unsupported: { bursts: FULL_BUFFER },
} as const;

const OVER_NODE: readonly Omit<Subject, 'sockets'>[] = [
  { name: 'tcp', stranger: tcpStranger, silences: TCP_SILENCES, sender: 'socket.write' },
  { ...UDP, listen: { udpSender: 'dgram' }, sender: 'dgram' },
  ...(NATIVE
    ? [
        { ...UDP, listen: { udpSender: 'sendmmsg' } as const, sender: 'sendmmsg' },
        { ...UDP, sender: 'gso' },
      ]
    : []),
  { name: 'ws', stranger: wsStranger, silences: WS_SILENCES, sender: 'socket.write' },
  {
    name: 'udp-multicast',
    stranger: groupStranger,
    silences: GROUP_SILENCES,
    sender: 'dgram',
    oneCodec: true,
    connect: { multicastInterface: LOOPBACK },
    unsupported: {
      snapshot: 'a group has one cursor: a snapshot for a newcomer would be one for all',
      replay: 'a group has one cursor, and it does not go back',
      keys: 'one send reaches every member, so every member gets every key',
      policy: 'a group has one cursor, so one policy: that of the server',
      admission: 'members are unknown to the server: they join and leave the group, not it',
      bursts: FULL_BUFFER,
    },
  },
];

/** Absent where the system's calls cannot be made. */
const NATIVE_SOCKETS = await openNativeSockets(clock).catch(() => undefined);

/** Who reads the bytes is another matter than how they are sent and what they mean. */
const OVER_NATIVE = OVER_NODE.filter(({ sender }) => sender !== 'sendmmsg').flatMap((subject) =>
  NATIVE_SOCKETS === undefined ? [] : [{ ...subject, sockets: NATIVE_SOCKETS, codec: 'line-json' }],
);

const VIRTUAL_SOCKETS = await openVirtualSockets(clock).catch(() => undefined);

const OVER_VIRTUAL =
  VIRTUAL_SOCKETS === undefined
    ? []
    : OVER_NODE.filter(({ name, sender }) => name === 'udp' && sender !== 'sendmmsg').map(
        (subject) => ({ ...subject, sockets: VIRTUAL_SOCKETS, codec: 'line-json' }),
      );

const SUBJECTS: readonly Subject[] = [
  ...OVER_NODE.map((subject) => ({ ...subject, sockets: NODE_SOCKETS })),
  ...OVER_NATIVE,
  ...OVER_VIRTUAL,
];

const isDatagram = ({ name }: Subject): boolean => name.startsWith('udp');

/** Two halves, so that two processes hold them to the kit at a time. */
export const DATAGRAM_SUBJECTS: readonly Subject[] = SUBJECTS.filter(isDatagram);
export const STREAM_SUBJECTS: readonly Subject[] = SUBJECTS.filter((one) => !isDatagram(one));
