/** What a server is put together from. */
import type { Codec } from '../codecs/codec.js';
import { codecNames, loadCodec } from '../codecs/registry.js';
import { LabError } from '../errors.js';
import type { Endpoint } from '../transports/endpoint.js';
import { authorityOf } from '../transports/endpoint.js';
import { loadTransport } from '../transports/registry.js';
import type { ServerTransport } from '../transports/transport.js';

/** All codecs, the default first. */
export async function loadCodecs(chosen: string | undefined): Promise<Codec[]> {
  const names = codecNames();
  const first = await loadCodec(chosen ?? (names[0] as string));
  const others = await Promise.all(
    names.filter((name) => name !== first.name).map((name) => loadCodec(name)),
  );
  return [first, ...others];
}

export async function loadTransports(
  chosen: readonly (string | ServerTransport)[],
): Promise<ServerTransport[]> {
  const transports = await Promise.all(
    chosen.map((one) => (typeof one === 'string' ? loadTransport(one) : one)),
  );
  const names = transports.map(({ name }) => name);
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new LabError('LAB_ERR_BAD_VALUE', `transports [${names.join(', ')}] is not valid`, {
      hint: 'give at least one, and each once',
    });
  }
  return transports;
}

/** What a subscriber gives to connect there: `parseFeedUrl` reads it. */
export function urlOf(scheme: string, { multicastInterface, ...endpoint }: Endpoint): string {
  const query =
    multicastInterface === undefined ? '' : `?interface=${encodeURIComponent(multicastInterface)}`;
  return `${scheme}://${authorityOf(endpoint)}${query}`;
}

/** A server has several ports: an error says which one it was, and what option sets it. */
export async function namingPort<T>(
  option: string,
  { host, port }: Endpoint,
  listening: Promise<T>,
): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    if (error.code === 'LAB_ERR_LISTEN') {
      const hint = error.hint?.replace('`port`', `\`${option}\``) ?? '';
      throw new LabError(error.code, error.message, { cause: error.cause, hint });
    }
    if (error.code !== 'LAB_ERR_PORT_IN_USE') throw error;
    throw new LabError(error.code, `port ${port} on ${host} is in use (\`${option}\`)`, {
      option,
      value: String(port),
      cause: error.cause,
      hint: `stop what uses it, choose another \`${option}\`, or 0 for any free one`,
    });
  }
}
