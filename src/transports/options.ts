import { z } from 'zod';
import {
  callback,
  clockLike,
  having,
  host,
  keyList,
  leaf,
  membersOf,
  number,
  oneOf,
  signalLike,
  text,
  timerMs,
  whole,
} from '../core/options.js';
import { LONGEST_HEARTBEAT_MS, LONGEST_LEASE_MS } from './client/announced.js';
import { checkGroup, GROUP_HINT } from './datagram/group.js';
import { datagramSize } from './datagram/size.js';
import type { Endpoint } from './endpoint.js';
import {
  type ConnectOptions,
  type ListenOptions,
  type ServerTransport,
  UDP_SENDERS,
} from './transport.js';
import { WaitingQuota } from './waiting-quota.js';

const GIB = 1024 ** 3;
/** As the kernel takes it; it cuts what is above its own limit. */
const socketBuffer = whole(1, GIB);
const codec = having('a codec', 'encode', 'decode', 'scan');
const networkInterface = text("'eth0' or an address");

const LISTEN = {
  host,
  // One that is none is LAB_ERR_LISTEN.
  port: number(),
  codecs: z
    .array(codec, { error: 'give a list of codecs' })
    .min(1, { error: 'give a list of codecs' }),
  clock: clockLike,
  onNotice: callback,
  // Beyond these no client would believe the server.
  heartbeatMs: whole(1, LONGEST_HEARTBEAT_MS),
  datagramBytes: number((datagramBytes) => datagramSize({ datagramBytes })),
  sendBufferBytes: socketBuffer,
  udpSender: oneOf(UDP_SENDERS),
  leaseMs: whole(1, LONGEST_LEASE_MS),
  group: leaf(
    (value) => typeof value === 'string' && value.length < 64 && checkGroup(value) !== '',
    GROUP_HINT,
  ),
  multicastTtl: whole(0, 255),
  multicastInterface: networkInterface,
  // 0: at once.
  graceMs: timerMs(0),
  maxQueuedBytes: whole(1, GIB),
  origins: z.array(text("'https://example.org'"), { error: 'give a list of origins' }),
  handshakeTimeoutMs: timerMs(),
  maxRequestBytes: whole(1, GIB),
  maxWaiting: whole(1, 10_000_000),
  waitingQuota: leaf((value) => value instanceof WaitingQuota, 'give a WaitingQuota'),
  pingMs: timerMs(),
  stallMs: timerMs(),
  pongTimeoutMs: timerMs(),
} satisfies Record<keyof Required<ListenOptions>, z.ZodType>;

/** What a transport's `listen` takes. */
export const LISTEN_OPTIONS: z.ZodType = membersOf(LISTEN, ['host', 'port', 'codecs', 'clock']);

const {
  host: _host,
  port: _port,
  codecs: _codecs,
  clock: _clock,
  waitingQuota: _waitingQuota,
  ...TUNING
} = LISTEN;

/** The same without what the server itself gives. */
export const TRANSPORT_OPTIONS: z.ZodType = membersOf(TUNING);

/** Where to connect. */
export const ENDPOINT: z.ZodType = membersOf(
  // A port that is none is LAB_ERR_CONNECT.
  { host, port: number(), multicastInterface: networkInterface } satisfies Record<
    keyof Required<Endpoint>,
    z.ZodType
  >,
  ['host', 'port'],
);

/** What a subscriber may want of a transport. */
export const WISHES = {
  keys: keyList,
  policy: text("'drop-oldest'"),
  epoch: leaf(
    (value) => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value),
    'give the epoch of a welcome: 16 hex digits',
  ),
  receiveBufferBytes: socketBuffer,
  timeoutMs: timerMs(),
} satisfies Partial<Record<keyof ConnectOptions, z.ZodType>>;

/** What a transport's `connect` takes. */
export const CONNECT_OPTIONS: z.ZodType = membersOf(
  {
    ...WISHES,
    codec,
    receiver: having('a receiver', 'begin', 'message', 'end', 'control'),
    clock: clockLike,
    // A server refuses in its own words what it does not retain or understand.
    fromSeq: whole(0, Number.MAX_SAFE_INTEGER),
    keys: z.array(
      leaf((value) => typeof value === 'string', 'give a list of keys'),
      { error: 'give a list of keys' },
    ),
    multicastInterface: networkInterface,
    signal: signalLike,
  } satisfies Record<keyof Required<ConnectOptions>, z.ZodType>,
  ['codec', 'receiver', 'clock'],
);

/** The name of a transport, or one of the user's own, whose name is the scheme of its URL. */
export const TRANSPORT: z.ZodType = leaf((value) => {
  if (typeof value === 'string') return value !== '';
  if (typeof value !== 'object' || value === null) return false;
  const { name, listen } = value as Partial<ServerTransport>;
  return (
    typeof name === 'string' && /^[a-z][a-z\d+.-]*$/i.test(name) && typeof listen === 'function'
  );
}, 'name a transport, or give {name, listen}');
