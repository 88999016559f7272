import { LabError, shown } from '../errors.js';
import type { Endpoint } from '../transports/endpoint.js';
import { hostOfUrl } from '../transports/endpoint.js';
import { transportNames } from '../transports/registry.js';

/** What a feed's URL says. */
export interface FeedUrl {
  /** A name of the transport registry. */
  readonly transport: string;
  readonly endpoint: Endpoint;
  readonly codec?: string;
  readonly keys?: readonly string[];
  readonly from?: number;
}

const PARAMETERS = ['codec', 'keys', 'from', 'interface'];
/** The transport that lets one choose an interface. */
const MULTICAST = 'udp-multicast';
const DEFAULT_PORT = 7_400;
/** WebSocket has a port of its own beside the feed's TCP port. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { ws: 7_401 };

/** Other spellings of a transport's name, tried when the registry has none of the name itself. */
const ALIASES: Readonly<Record<string, string>> = {
  'udp-multicast': 'multicast',
  multicast: 'udp-multicast',
  websocket: 'ws',
};

const SHAPE =
  /^(?<scheme>[a-z][a-z\d+.-]*):\/\/(?<host>\[[^\]]*\]|[^[\]/?#:@\s]+)(?::(?<port>\d{1,9}))?\/?(?:\?(?<query>[^#]*))?$/i;

const ADDRESS_HINT = 'write it like tcp://[::1]:7400, with a zone as tcp://[fe80::1%25eth0]:7400';
const HINT =
  'write it like tcp://127.0.0.1:7400 or udp://[::1]:7400?keys=AAPL,IBM&codec=msgpack&from=1';

/**
 * Reads `scheme://host[:port][?codec=…&keys=A,B&from=n]`, of multicast `interface=…` as well: where
 * to join. The scheme is the name of a transport; IPv6 addresses stand in brackets, a zone after
 * `%25` (RFC 6874); the default port is 7400, of ws 7401. Commas separate keys; what is special in
 * one is percent-encoded.
 * @throws LAB_ERR_BAD_VALUE
 */
export function parseFeedUrl(text: string): FeedUrl {
  if (typeof text !== 'string') throw refused(shown(text), 'is not text', HINT);
  const groups = SHAPE.exec(text)?.groups;
  if (groups === undefined) throw refused(text, 'is not the URL of a feed', HINT);
  const transport = transportOf(text, groups.scheme?.toLowerCase() ?? '');
  const host = hostOf(text, groups.host ?? '');
  const port =
    groups.port === undefined ? (DEFAULT_PORTS[transport] ?? DEFAULT_PORT) : Number(groups.port);
  if (port < 1 || port > 65_535) throw refused(text, `has port ${port}`, 'ports are 1 to 65535');
  const { multicastInterface, ...wishes } = queryOf(text, groups.query ?? '');
  if (multicastInterface === undefined) return { transport, endpoint: { host, port }, ...wishes };
  if (transport !== MULTICAST) {
    throw refused(
      text,
      'names an interface',
      `that is for ${MULTICAST}:// only: leave interface out`,
    );
  }
  return { transport, endpoint: { host, port, multicastInterface }, ...wishes };
}

function transportOf(text: string, scheme: string): string {
  const known = transportNames();
  const alias = Object.hasOwn(ALIASES, scheme) ? ALIASES[scheme] : undefined;
  const name = known.includes(scheme) ? scheme : alias;
  if (name !== undefined && known.includes(name)) return name;
  const schemes = known.map((one) => `${one}://`).join(', ');
  throw refused(text, `has the unknown scheme '${scheme}'`, `schemes: ${schemes}`);
}

function hostOf(text: string, host: string): string {
  const meant = hostOfUrl(host);
  if (meant === undefined) throw refused(text, 'has no IPv6 address in its brackets', ADDRESS_HINT);
  return meant;
}

/** By hand: URLSearchParams would decode the commas in keys before the list can be split. */
function queryOf(
  text: string,
  query: string,
): Partial<Pick<FeedUrl, 'codec' | 'keys' | 'from'> & Pick<Endpoint, 'multicastInterface'>> {
  const found = new Map<string, string>();
  for (const part of query.split('&').filter((one) => one !== '')) {
    const [, name = part, value = ''] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (!PARAMETERS.includes(name)) {
      throw refused(
        text,
        `has the unknown parameter '${name}'`,
        `parameters: ${PARAMETERS.join(', ')}`,
      );
    }
    if (found.has(name))
      throw refused(text, `has ${name} twice`, 'separate keys by commas: keys=AAPL,IBM');
    found.set(name, value);
  }
  const codec = found.get('codec');
  const keys = found.get('keys');
  const from = found.get('from');
  const on = found.get('interface');
  return {
    ...(codec === undefined ? {} : { codec: decoded(text, codec) }),
    ...(keys === undefined ? {} : { keys: keys.split(',').map((key) => decoded(text, key)) }),
    ...(from === undefined ? {} : { from: seqOf(text, from) }),
    ...(on === undefined ? {} : { multicastInterface: decoded(text, on) }),
  };
}

function seqOf(text: string, from: string): number {
  const seq = /^\d+$/.test(from) ? Number(from) : 0;
  if (seq >= 1 && Number.isSafeInteger(seq)) return seq;
  throw refused(text, `has from=${from}`, 'from is a sequence number, a whole number from 1');
}

function decoded(text: string, part: string): string {
  let value = '';
  try {
    value = decodeURIComponent(part);
  } catch {
    throw refused(text, 'has a % that encodes nothing', 'write a percent sign as %25');
  }
  if (value === '') throw refused(text, 'has an empty name in its query', HINT);
  return value;
}

const MAX_SHOWN = 200;

function refused(text: string, problem: string, hint: string): LabError {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return new LabError('LAB_ERR_BAD_VALUE', `the URL ${JSON.stringify(shown)} ${problem}`, { hint });
}
