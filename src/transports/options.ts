import { isIP } from 'node:net';
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
  signalLike,
  text,
  timerMs,
  whole,
} from '../core/options.js';
import type { OptionTable } from '../options/option.js';
import { LONGEST_HEARTBEAT_MS } from './client/announced.js';
import type { Endpoint } from './endpoint.js';
import type { ConnectOptions, ListenOptions, ServerTransport } from './transport.js';

const networkInterface = text("'eth0' or an address");
const codec = having('a codec', 'encode', 'decode', 'scan');

/** What every server takes, whatever its transport. */
const LISTEN = {
  host,
  // One that is none is LAB_ERR_LISTEN.
  port: number(),
  codecs: z
    .array(codec, { error: 'give a list of codecs' })
    .min(1, { error: 'give a list of codecs' }),
  clock: clockLike,
  onNotice: callback,
  // Beyond it no client would believe the server.
  heartbeatMs: whole(1, LONGEST_HEARTBEAT_MS),
} satisfies Partial<Record<keyof ListenOptions, z.ZodType>>;

/** What a server gives its transports itself. */
const OF_THE_SERVER: readonly string[] = [
  'host',
  'port',
  'codecs',
  'clock',
  'waitingQuota',
] satisfies (keyof ListenOptions)[];

/** What a transport's `listen` takes, where the transports have the options of `table`. */
export function listenSchema(table: OptionTable): z.ZodType {
  return membersOf({ ...LISTEN, ...schemasOf(table, 'listen') }, [
    'host',
    'port',
    'codecs',
    'clock',
  ]);
}

/** The same without what the server itself gives. */
export function tuningSchema(table: OptionTable): z.ZodType {
  const all = Object.entries({ ...LISTEN, ...schemasOf(table, 'listen') });
  return membersOf(Object.fromEntries(all.filter(([name]) => !OF_THE_SERVER.includes(name))));
}

function schemasOf(table: OptionTable, half: 'listen' | 'connect'): Record<string, z.ZodType> {
  const rows = table.filter(({ side }) => side === half || side === 'both');
  return Object.fromEntries(rows.map(({ name, schema }) => [name, schema]));
}

/** Where to connect. */
export const ENDPOINT: z.ZodType = membersOf(
  // A port that is none is LAB_ERR_CONNECT.
  { host, port: number(), multicastInterface: networkInterface } satisfies Record<
    keyof Required<Endpoint>,
    z.ZodType
  >,
  ['host', 'port'],
);

/** What a subscriber may want of a transport, whatever that is. */
export const WISHES = {
  keys: keyList,
  policy: text("'drop-oldest'"),
  epoch: leaf(
    (value) => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value),
    'give the epoch of a welcome: 16 hex digits',
  ),
  receiveBufferBytes: whole(1, 1024 ** 3),
  timeoutMs: timerMs(),
} satisfies Partial<Record<keyof ConnectOptions, z.ZodType>>;

/** What a transport's `connect` takes, where the transports have the options of `table`. */
export function connectSchema(table: OptionTable): z.ZodType {
  return membersOf(
    {
      ...WISHES,
      ...schemasOf(table, 'connect'),
      codec,
      receiver: having('a receiver', 'begin', 'message', 'end', 'control'),
      localAddress: leaf(
        (value) => typeof value === 'string' && isIP(value) !== 0,
        'give an IP address of this machine',
      ),
      sockets: having('client sockets', 'openStream', 'openDatagram', 'joinGroup'),
      clock: clockLike,
      // A server refuses in its own words what it does not retain or understand.
      fromSeq: whole(0, Number.MAX_SAFE_INTEGER),
      onRepaired: callback,
      keys: z.array(
        leaf((value) => typeof value === 'string', 'give a list of keys'),
        { error: 'give a list of keys' },
      ),
      signal: signalLike,
    },
    ['codec', 'receiver', 'clock'],
  );
}

/** The name of a transport, or one of the user's own, whose name is the scheme of its URL. */
export const TRANSPORT: z.ZodType = leaf((value) => {
  if (typeof value === 'string') return value !== '';
  if (typeof value !== 'object' || value === null) return false;
  const { name, listen } = value as Partial<ServerTransport>;
  return (
    typeof name === 'string' && /^[a-z][a-z\d+.-]*$/i.test(name) && typeof listen === 'function'
  );
}, 'name a transport, or give {name, listen}');
