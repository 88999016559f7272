import type { RemoteInfo, Socket } from 'node:dgram';
import type { ServerCounters } from '../../counters.js';
import { askSize, createUdpSocket, inodeOpenedBy, untilReady } from '../../datagram/sockets.js';
import type { Endpoint } from '../../endpoint.js';
import type { UdpListenOptions } from '../options.js';
import { openSender } from '../sending/open-sender.js';
import type { DatagramSender } from '../sending/sender.js';

/**
 * A thousand clients that say HELLO at once send 1.2 MB; the kernel cuts this to what it allows.
 */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** One address of ours: what comes to it is answered from it. */
export interface Channel {
  /** As clients ask it; '' when the server has this one only. */
  readonly local: string;
  readonly socket: Socket;
  readonly sender: DatagramSender;
  /** Key to the kernel's counters of the socket; undefined = not known. */
  readonly inode: number | undefined;
}

/** Where a datagram came from: that of `dgram`, or of another reader. */
export type Sender = Pick<RemoteInfo, 'address' | 'port'>;

export type Receive = (bytes: Buffer, from: Sender, channel: Channel) => void;

/** Which addresses (`local`) somebody is served at now. */
export type InUse = () => ReadonlySet<string>;

/** The addresses of a server, one or all of the machine. */
export interface UdpPort {
  readonly endpoint: Endpoint;
  /** Those that are open now; the first stays. */
  readonly channels: readonly Channel[];
  /** Of every socket that hears clients now; undefined = not known. */
  readonly socketInodes: readonly (number | undefined)[];
  /** Hands datagrams over from now on. */
  start(receive: Receive, inUse: InUse): void;
  close(): Promise<void>;
}

/** What the senders of all channels share. */
export interface ChannelParts {
  readonly options: UdpListenOptions;
  readonly datagramBytes: number;
  readonly counters: ServerCounters;
  readonly onDrain: () => void;
}

/**
 * Binds a socket and makes its sender. `shared`: beside others of the same port (SO_REUSEADDR).
 * @throws LAB_ERR_UDP_SENDER; what binding throws
 */
export async function openChannel(
  { options, ...parts }: ChannelParts,
  { ip, port, local, shared }: { ip: string; port: number; local: string; shared: boolean },
): Promise<Channel> {
  const { sendBufferBytes } = options;
  const socket = createUdpSocket(ip, shared);
  try {
    let inode: number | undefined;
    await untilReady(socket, 'listening', () => {
      inode = inodeOpenedBy(() => socket.bind({ address: ip, port, exclusive: true }));
    });
    askSize(() => socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES));
    if (sendBufferBytes !== undefined) askSize(() => socket.setSendBufferSize(sendBufferBytes));
    // A failed read (an ICMP error on some systems) concerns one datagram, not the server: leases
    // notice who is gone.
    socket.on('error', () => {});
    return { local, socket, sender: await openSender(options, { ...parts, socket }), inode };
  } catch (error) {
    socket.close();
    throw error;
  }
}

export async function closeChannel({ sender, socket }: Channel): Promise<void> {
  sender.close();
  await new Promise<void>((resolve) => socket.close(resolve));
}

/** @throws LAB_ERR_UDP_SENDER; what binding throws */
export async function openOneAddress(parts: ChannelParts, ip: string): Promise<UdpPort> {
  const { port } = parts.options;
  const channel = await openChannel(parts, { ip, port, local: '', shared: false });
  const { socket } = channel;
  const { address, port: bound } = socket.address();
  return {
    endpoint: { host: address, port: bound },
    channels: [channel],
    socketInodes: [channel.inode],
    start: (receive) => void socket.on('message', (bytes, from) => receive(bytes, from, channel)),
    close: () => closeChannel(channel),
  };
}
