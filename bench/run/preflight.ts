/** What can be known to fail before anything is started. */
import { loadCodec } from '../../src/codecs/registry.js';
import { parseFlushMode } from '../../src/core/flush.js';
import { BLOCK, overflowPolicy } from '../../src/core/overload/policy.js';
import { LabError } from '../../src/errors.js';
import { openFilesLimit } from '../../src/kernel/open-files.js';
import { readText } from '../../src/kernel/read-text.js';
import { passedOn } from '../../src/options/option.js';
import { openSource } from '../../src/sources/registry.js';
import type { SourceReading } from '../../src/sources/source.js';
import { listOf } from '../../src/sources/text/names.js';
import { loadTransport, transportTable } from '../../src/transports/registry.js';
import type { Transport } from '../../src/transports/transport.js';
import {
  DEFAULT_CONGESTION,
  type RunConfig,
  sourceChoices,
  type Target,
  wholeOption,
} from '../config.js';
import { NO_LINK } from '../link/link-spec.js';
import { findLinkMeans } from '../link/requirements.js';
import { assertRepeatable } from '../workload/repeatable.js';
import { plannedMessages } from '../workload/schedule.js';
import { combinationsOf, valuesIn } from './combinations.js';
import { subscriberProcesses } from './subscriber-processes.js';
import { tryGroup } from './try-group.js';
import { tryTarget } from './try-target.js';

/**
 * Descriptors a worker needs besides its subscribers' sockets: IPC, threads, event loop, libraries.
 */
const SPARE_DESCRIPTORS = 64;
/**
 * Messages of the source tried for size: a replay is rarely larger than this, and the server checks
 * each one again.
 */
const PROBED_MESSAGES = 20_000;
const UDP_HEADER_BYTES = 36;
/**
 * A server that was running already has a payload that nobody knows: what `ping` sends by itself.
 */
const TARGET_PING_BYTES = 56;

/** What trying the source told. */
export interface Probe {
  /** Mean bytes of a value as JSON, rounded: the payload size of baselines for a replay. */
  readonly meanValueBytes: number;
  /** Of a recording: how it was read, and what is odd about it. */
  readonly reading?: SourceReading;
  readonly notices?: readonly string[];
}

/**
 * Checks names, limits, the source, message sizes, and whether a multicast group can be sent to and
 * joined.
 * @throws LAB_ERR_UNKNOWN_*, LAB_ERR_BAD_VALUE, LAB_ERR_FD_LIMIT, LAB_ERR_UDP_SENDER,
 * LAB_ERR_SOURCE_*, LAB_ERR_MESSAGE_TOO_LARGE; of a group LAB_ERR_LISTEN, LAB_ERR_CONNECT,
 * LAB_ERR_CONNECT_TIMEOUT; the reason of `signal` when that ends a try
 */
export async function preflight(config: RunConfig, signal?: AbortSignal): Promise<Probe> {
  const { server } = config;
  if (server.kind === 'target') return tryTargets(config, server.targets, signal);
  for (const flush of valuesIn(config, 'flush')) parseFlushMode(flush);
  const transports = await Promise.all(config.transports.map((name) => loadTransport(name)));
  checkPolicies(config, transports);
  for (const name of valuesIn(config, 'codec')) await loadCodec(name);
  assertRepeatable(config.source);
  for (const { name, check } of transports)
    for (const congestion of congestionsOf(config, name)) {
      const options = { ...config.transportOptions, congestion };
      await check?.(passedOn(transportTable(name), 'listen', options, config.host));
    }
  checkShards(config, transports);
  await checkLinks(config, transports);
  checkWindows(config);
  await checkDescriptors(config, transports);
  // The members of a group share one port.
  if (transports.some(({ multicast }) => multicast !== true)) await checkLocalPorts(config);
  const datagrams = transports.some(({ reliable }) => !reliable);
  let probe: Probe = { meanValueBytes: 0 };
  for (const sizeBytes of config.sizesBytes)
    probe = await probeSource(config, sizeBytes, datagrams);
  for (const transport of transports)
    if (transport.multicast === true) await tryGroup(transport, config, signal);
  return probe;
}

/** Those that a transport is measured with; null = that of the kernel. */
function congestionsOf(config: RunConfig, transport: string): (string | null)[] {
  const asked = combinationsOf(config)
    .filter((one) => one.transport === transport)
    .map(({ congestion }) => (congestion === DEFAULT_CONGESTION ? null : congestion));
  return [...new Set(asked)];
}

/**
 * Every target is subscribed to once with every codec: a wrong port, or a refusal, is known before
 * the run.
 */
async function tryTargets(
  config: RunConfig,
  targets: readonly Target[],
  signal: AbortSignal | undefined,
): Promise<Probe> {
  await checkDescriptors(
    config,
    await Promise.all(config.transports.map((name) => loadTransport(name))),
  );
  for (const target of targets) {
    for (const codec of config.codecs) await tryTarget(target, codec, config, signal);
  }
  return { meanValueBytes: TARGET_PING_BYTES };
}

/** A slow feed and a short window may have nothing in common. */
function checkWindows({ ratesPerSecond, durationsMs, warmupMs }: RunConfig): void {
  for (const rate of ratesPerSecond ?? [])
    for (const durationMs of durationsMs) {
      if (plannedMessages(rate, warmupMs, durationMs) > 0) continue;
      const least = Math.ceil(1 / rate);
      throw new LabError(
        'LAB_ERR_BAD_VALUE',
        `\`ratesPerSecond\` ${rate} publishes nothing in a window of ${durationMs / 1_000} s that begins after ${warmupMs / 1_000} s`,
        { hint: `a message comes every ${least} s: give \`durationsMs\` ${least}s or more` },
      );
    }
}

/** The feed can wait only where a subscriber that does not read is felt, and nothing lies between. */
function checkPolicies(config: RunConfig, transports: readonly Transport[]): void {
  const { inject } = config;
  const blocking = combinationsOf(config).filter(
    ({ policy }) => overflowPolicy(policy).rule === BLOCK,
  );
  const block = blocking[0]?.policy;
  if (block === undefined) return;
  const datagrams = transports.find(
    ({ name, reliable }) => !reliable && blocking.some(({ transport }) => transport === name),
  );
  const refused =
    datagrams !== undefined
      ? `\`transports\` ${datagrams.name}: datagrams have no backpressure, so there is nothing to wait for`
      : inject !== null
        ? 'an injected delay, whose messages have left the feed already'
        : undefined;
  if (refused === undefined) return;
  throw new LabError('LAB_ERR_BAD_VALUE', `\`policies\` ${block} is nothing for ${refused}`, {
    hint: 'leave block out of `policies`, or measure the two in runs of their own',
  });
}

function checkShards({ shards }: RunConfig, transports: readonly Transport[]): void {
  const group = transports.find(({ multicast }) => multicast === true);
  if (shards === 1 || group === undefined) return;
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    `\`shards\` ${shards} is nothing for \`transports\` ${group.name}: one send reaches all members of a group`,
    { hint: 'leave `shards` out, or measure the group in a run of its own' },
  );
}

/** @throws LAB_ERR_LINK_UNAVAILABLE where this machine cannot emulate any */
async function checkLinks(config: RunConfig, transports: readonly Transport[]): Promise<void> {
  const link = config.links.find((name) => name !== NO_LINK);
  if (link === undefined) return;
  const group = transports.find(({ multicast }) => multicast === true);
  const refused =
    group !== undefined
      ? `\`transports\` ${group.name}: it carries no multicast`
      : config.receiver === 'virtual'
        ? '`virtualClients`: they share one socket on loopback'
        : undefined;
  if (refused !== undefined) {
    throw new LabError('LAB_ERR_BAD_VALUE', `\`links\` ${link} is nothing for ${refused}`, {
      hint: 'leave `links` out, or measure the two in runs of their own',
    });
  }
  await findLinkMeans();
}

/**
 * Node raises the soft limit to the hard one as it starts, so what is read here is the most that a
 * worker will have.
 */
async function checkDescriptors(
  config: RunConfig,
  transports: readonly Transport[],
): Promise<void> {
  const limit = await openFilesLimit();
  // Virtual clients have one socket, and so has their server.
  if (limit === null || config.receiver === 'virtual') return;
  const clients = Math.max(...config.clients);
  // A server of connections (TCP, WebSocket) holds one descriptor per client; a UDP server one in
  // all.
  const servers = transports.some(({ reliable }) => reliable)
    ? config.shards
    : Number.POSITIVE_INFINITY;
  const processes = subscriberProcesses(config);
  const fewest = Math.min(servers, processes);
  const needed = Math.ceil(clients / fewest) + SPARE_DESCRIPTORS;
  if (needed <= limit) return;
  const options = [
    ...(servers === fewest ? ['`shards`'] : []),
    ...(processes === fewest ? ['`subscriberProcesses`'] : []),
  ];
  throw new LabError(
    'LAB_ERR_FD_LIMIT',
    `\`clients\` ${clients} needs ${needed} open files in ${servers === fewest ? 'a server' : 'a subscriber'} process, the limit is ${limit}`,
    {
      hint: `raise it with: ulimit -n ${needed} (as root, or in /etc/security/limits.conf), spread them with ${options.join(' and ')}, or ask for at most ${Math.max(1, (limit - SPARE_DESCRIPTORS) * fewest)} clients`,
    },
  );
}

async function checkLocalPorts(config: RunConfig): Promise<void> {
  if (config.receiver === 'virtual') return;
  const [low, high] = ((await readText('/proc/sys/net/ipv4/ip_local_port_range')) ?? '')
    .trim()
    .split(/\s+/)
    .map(Number);
  if (low === undefined || high === undefined || !(high > low)) return;
  const clients = Math.max(...config.clients);
  // TCP connections to different servers may share a local port; each UDP socket has one to itself.
  const needed = config.transports.includes('udp') ? clients : Math.ceil(clients / config.shards);
  const given = high - low + 1;
  if (needed <= given) return;
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    `\`clients\` ${clients} needs ${needed} local ports, the system gives ${given}`,
    {
      hint: 'widen them with: sysctl -w net.ipv4.ip_local_port_range="1024 65535"',
    },
  );
}

/**
 * Reads the source once, so that a bad file or a message that no datagram carries is known before
 * the run.
 */
async function probeSource(
  config: RunConfig,
  sizeBytes: number,
  datagrams: boolean,
): Promise<Probe> {
  const notices: string[] = [];
  const source = await openSource(config.source, {
    seed: config.seed,
    sizeBytes,
    ...sourceChoices(config),
    loop: false,
    onNotice: (notice) => void notices.push(notice),
  });
  const codecs = await Promise.all(valuesIn(config, 'codec').map((name) => loadCodec(name)));
  const datagramBytes = wholeOption(config, 'datagramBytes') as number;
  const limit = datagrams ? datagramBytes - UDP_HEADER_BYTES : Number.POSITIVE_INFINITY;
  const scratch = Buffer.allocUnsafe(
    Math.max(...codecs.map(({ maxMessageBytes }) => maxMessageBytes)),
  );
  let messages = 0;
  let bytes = 0;
  try {
    for await (const { key, value, time } of source) {
      if (config.ratesPerSecond === null && time === undefined) {
        throw new LabError(
          'LAB_ERR_BAD_VALUE',
          `\`ratesPerSecond: 'recorded'\`: the messages of '${config.source}' have no times, so there is no pace to keep`,
          {
            hint: `give \`ratesPerSecond\` in messages/s, or name the column that holds the times, \`timeColumn\`: ${listOf(source.reading?.columns ?? [])}`,
          },
        );
      }
      for (const codec of codecs) {
        // The largest sequence number a run could reach, so that no message grows beyond the probe.
        const length = codec.encode(
          { seq: 1e12, time: Date.now() * 1_000, key, value },
          scratch,
          0,
        );
        if (length > limit) {
          throw new LabError(
            'LAB_ERR_MESSAGE_TOO_LARGE',
            `a message of key '${key}' takes ${length} bytes as ${codec.name}, a UDP datagram of \`datagramBytes\` ${datagramBytes} carries ${limit}`,
            {
              hint: "lower `sizesBytes`, raise `datagramBytes` (up to 1472), or use `transports: 'tcp'`",
            },
          );
        }
      }
      messages += 1;
      bytes +=
        value instanceof Uint8Array ? value.length : Buffer.byteLength(JSON.stringify(value));
      if (
        messages >= PROBED_MESSAGES ||
        (config.source === 'synthetic' && messages >= sourceChoices(config).symbols * 2)
      )
        break;
    }
  } finally {
    await source.close();
  }
  const meanValueBytes = messages === 0 ? 0 : Math.round(bytes / messages);
  const { reading } = source;
  return reading === undefined ? { meanValueBytes } : { meanValueBytes, reading, notices };
}
