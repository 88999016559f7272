/** `--target`: servers that are already running. Pure. */

import type { MeasuredServer, RunConfig, Target } from '../../bench/config.js';
import { parseFeedUrl } from '../../src/client/url.js';
import { badValue, parseList } from '../../src/options/values.js';
import { urlOf } from '../../src/serve/parts.js';

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

/** What follows from the server; of running ones a cell for each, by codec and clients. */
export function settingsOfServer(
  server: MeasuredServer,
): Partial<Pick<RunConfig, 'transports' | 'ratesPerSecond' | 'sizesBytes' | 'host'>> {
  if (server.kind === 'local') return {};
  const { targets } = server;
  return {
    transports: targets.map(({ transport }) => transport),
    ratesPerSecond: null,
    sizesBytes: [0],
    host: targets[0]?.endpoint.host ?? '',
  };
}
