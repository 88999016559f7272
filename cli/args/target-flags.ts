/** `--target`: servers that are already running, and which other flags then mean nothing. Pure. */

import type { RunConfig, Target } from '../../bench/config.js';
import { parseFeedUrl } from '../../src/client/url.js';
import { LabError } from '../../src/errors.js';
import { urlOf } from '../../src/serve/parts.js';
import { badValue, parseList } from './values.js';

/** Flags that say what the server of a run is like, by their long names. */
export const IDLE_WITH_TARGET = [
  ['--transport', 'transports'],
  ['--rate', 'ratesPerSecond'],
  ['--size', 'sizesBytes'],
  ['--source', 'source'],
  ['--speed', 'speed'],
  ['--replay-from', 'replayFrom'],
  ['--replay-to', 'replayTo'],
  ['--time-column', 'timeColumn'],
  ['--key-column', 'keyColumn'],
  ['--time-unit', 'timeUnit'],
  ['--symbols', 'symbols'],
  ['--flush', 'flushes'],
  ['--policy', 'policy'],
  ['--inject', 'inject'],
  ['--host', 'host'],
  ['--port', 'port'],
  ['--datagram', 'datagramBytes'],
  ['--sndbuf', 'sendBufferBytes'],
  ['--udp-sender', 'udpSender'],
  ['--group', 'group'],
  ['--multicast-ttl', 'multicastTtl'],
  ['--shards', 'shards'],
  ['--ceiling', 'ceiling'],
] as const satisfies readonly (readonly [string, keyof RunConfig])[];

/** @throws LAB_ERR_BAD_VALUE */
export function parseTargets(flag: string, text: string): Target[] {
  const targets = parseList(flag, text, (url) => parseTarget(flag, url));
  const [first] = targets as [Target];
  const transports = new Set<string>();
  for (const { url, transport, endpoint } of targets) {
    if (transports.has(transport)) {
      throw badValue(
        flag,
        url,
        `is a second server of ${transport}`,
        'one of each transport: run the lab once for each server',
      );
    }
    transports.add(transport);
    if (endpoint.host !== first.endpoint.host) {
      throw badValue(
        flag,
        url,
        `is on another host than ${first.url}`,
        'cells of one run are compared: give one host, or run the lab once for each',
      );
    }
  }
  return targets;
}

function parseTarget(flag: string, url: string): Target {
  const { transport, endpoint, codec, keys, from } = parseFeedUrl(url);
  if (keys !== undefined || from !== undefined) {
    throw badValue(
      flag,
      url,
      'asks for a part of the feed',
      'leave keys and from out: every message is accounted for',
    );
  }
  if (codec !== undefined) throw badValue(flag, url, 'names a codec', 'give --codec instead');
  return { url: urlOf(transport, endpoint), transport, endpoint };
}

/** @throws LAB_ERR_USAGE for the first setting that only a server of our own would heed */
export function refuseIdle(given: Partial<RunConfig>): void {
  const idle = IDLE_WITH_TARGET.find(([, key]) => isSet(given[key]));
  if (idle === undefined) return;
  const [flag] = idle;
  const why =
    flag === '--transport'
      ? 'the URLs say which'
      : 'it is for the server of the run, and that is running already';
  throw new LabError('LAB_ERR_USAGE', `${flag} and --target contradict each other: ${why}`, {
    hint: `leave ${flag} out (in a configuration file too), or --target`,
  });
}

/** A switch that is off says nothing. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && value !== null;
}

/** One cell for each server, codec and number of clients. */
export function settingsOfTargets(
  target: readonly Target[],
): Pick<RunConfig, 'transports' | 'ratesPerSecond' | 'sizesBytes' | 'host'> {
  return {
    transports: target.map(({ transport }) => transport),
    ratesPerSecond: null,
    sizesBytes: [0],
    host: target[0]?.endpoint.host ?? '',
  };
}
