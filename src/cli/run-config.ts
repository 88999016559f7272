/**
 * The flags that make a `RunConfig`: one table from which come the options, the configuration and the command that
 * reproduces it. Pure.
 */
import { isHost } from '../../bench/baseline/ping-command.js';
import { type Injection, injectionText } from '../../bench/injection.js';
import { DEFAULT_CONFIG, FEWEST_AUTO_RUNS, LIMITS, type RunConfig } from '../../bench/plan.js';
import { CI_METRICS, type CiMetric } from '../../bench/repeat.js';
import { DECODE_MODES, type DecodeMode } from '../../bench/workers/decoding.js';
import { codecNames } from '../codecs/registry.js';
import { parseFlushMode } from '../core/flush.js';
import { policyNames } from '../core/overflow.js';
import { pointText } from '../sources/recording-part.js';
import { parseSourceSpec, sourceNames } from '../sources/registry.js';
import { GROUP_HINT, groupProblem } from '../transports/datagram/group.js';
import { transportNames } from '../transports/registry.js';
import { UDP_SENDERS, type UdpSender } from '../transports/transport.js';
import { parseRecordingPoint } from './recording-point.js';
import { IDLE_WITH_TARGET, parseTargets, refuseIdle, settingsOfTargets } from './target-flags.js';
import {
  badValue,
  bytesText,
  countText,
  durationText,
  parseBytes,
  parseCount,
  parseDuration,
  parseFactor,
  parseInteger,
  parseList,
  parseName,
  parsePercent,
  percentText,
} from './values.js';

export interface RunFlag {
  /** As commander wants it: `-t, --transport <list>`; without `<…>` it takes no value. */
  readonly flags: string;
  readonly about: string;
  /** What the text says, for the flag as it is spelled in messages. */
  readonly parse: (text: string, flag: string) => Partial<RunConfig>;
  /** The text that gives this configuration, empty for a flag without a value; null when no text is needed. */
  readonly show: (config: RunConfig) => string | null;
}

const MAX_PORT = 65_535;
const RECORDED = 'recorded';
const AUTO = 'auto';
const durations = { min: 100, max: LIMITS.durationMs };
const waits = { min: 0, max: 3_600_000 };
const injectedDelays = { min: 1, max: 10_000 };
const bufferSizes = { min: 1024, max: 1024 ** 3 };

function bufferFlag(flags: string, about: string, key: 'receiveBufferBytes' | 'sendBufferBytes'): RunFlag {
  return {
    flags,
    about,
    parse: (text, flag) => ({ [key]: parseBytes(flag, text, bufferSizes) }),
    show: (config) => (config[key] === null ? null : bytesText(config[key])),
  };
}

function pointFlag(flags: string, about: string, key: 'replayFrom' | 'replayTo'): RunFlag {
  return {
    flags,
    about,
    parse: (text, flag) => ({ [key]: parseRecordingPoint(flag, text) }),
    show: (config) => (config[key] === null ? null : pointText(config[key])),
  };
}

function integerFlag(
  flags: string,
  about: string,
  key: 'seed' | 'symbols' | 'port' | 'datagramBytes' | 'multicastTtl' | 'shards' | 'subscriberProcesses',
  range: { readonly min: number; readonly max: number },
): RunFlag {
  return {
    flags,
    about,
    parse: (text, flag) => ({ [key]: parseInteger(flag, text, range) }),
    show: (config) => String(config[key]),
  };
}

const FLAGS: readonly RunFlag[] = [
  {
    flags: '--target <list>',
    about: 'servers that are already running, e.g. tcp://host:7400,udp://host:7400, instead of our own',
    parse: (text, flag) => ({ target: parseTargets(flag, text) }),
    show: ({ target }) => (target === null ? null : target.map(({ url }) => url).join(',')),
  },
  {
    flags: '-t, --transport <list>',
    about: `transports: ${transportNames().join(', ')}`,
    parse: (text, flag) => ({
      transports: parseList(flag, text, (item) =>
        parseName(flag, item, transportNames(), 'LAB_ERR_UNKNOWN_TRANSPORT'),
      ),
    }),
    show: ({ transports }) => transports.join(','),
  },
  {
    flags: '-k, --codec <list>',
    about: `codecs: ${codecNames().join(', ')}`,
    parse: (text, flag) => ({
      codecs: parseList(flag, text, (item) => parseName(flag, item, codecNames(), 'LAB_ERR_UNKNOWN_CODEC')),
    }),
    show: ({ codecs }) => codecs.join(','),
  },
  {
    flags: '-c, --clients <list>',
    about: 'subscribers, each gets every message (k = 1000)',
    parse: (text, flag) => ({
      clients: parseList(flag, text, (item) => parseCount(flag, item, { min: 1, max: LIMITS.clients })),
    }),
    show: ({ clients }) => clients.map(countText).join(','),
  },
  {
    flags: '-r, --rate <list>',
    about: 'feed messages/s in total, not per client (k = 1000), or "recorded": a replay at its own pace',
    parse: (text, flag) => {
      if (text === RECORDED) return { ratesPerSecond: null };
      const range = { min: 1, max: LIMITS.ratePerSecond };
      const item = (part: string): number => {
        if (part !== RECORDED) return parseCount(flag, part, range);
        throw badValue(
          flag,
          text,
          'mixes "recorded" with rates',
          'give --rate recorded alone, or rates only',
        );
      };
      return { ratesPerSecond: parseList(flag, text, item) };
    },
    show: ({ ratesPerSecond }) => ratesPerSecond?.map(countText).join(',') ?? RECORDED,
  },
  {
    flags: '-s, --size <list>',
    about: 'payload bytes (k = 1024); 0 = as the source gives them, the default of a replay',
    parse: (text, flag) => ({
      sizesBytes: parseList(flag, text, (item) => parseBytes(flag, item, { min: 0, max: LIMITS.sizeBytes })),
    }),
    show: ({ sizesBytes }) => sizesBytes.map(bytesText).join(','),
  },
  {
    flags: '-d, --duration <list>',
    about: 'measured window: 300ms, 10s, 1m30s',
    parse: (text, flag) => ({
      durationsMs: parseList(flag, text, (item) => parseDuration(flag, item, durations)),
    }),
    show: ({ durationsMs }) => durationsMs.map(durationText).join(','),
  },
  {
    flags: '-w, --warmup <time>',
    about: 'load before the window, not measured',
    parse: (text, flag) => ({ warmupMs: parseDuration(flag, text, waits) }),
    show: ({ warmupMs }) => durationText(warmupMs),
  },
  {
    flags: '--repeat <n>',
    about: 'run every cell n times, interleaved; "auto": until --ci or --max-repeat is reached',
    parse: (text, flag) => ({
      repeat: text === AUTO ? AUTO : parseInteger(flag, text, { min: 1, max: LIMITS.repeat }),
    }),
    show: ({ repeat }) => String(repeat),
  },
  {
    flags: '--ci <share>',
    about: 'with --repeat auto: half-width of the 95 % interval that is enough, of the median',
    parse: (text, flag) => ({ ciTarget: parsePercent(flag, text, { min: 0.001, max: 0.5 }) }),
    show: ({ ciTarget }) => percentText(ciTarget),
  },
  {
    flags: '--ci-metric <name>',
    about: `with --repeat auto: the figure to know that well: ${CI_METRICS.join(', ')}`,
    parse: (text, flag) => ({
      ciMetric: parseName(flag, text, CI_METRICS, 'LAB_ERR_BAD_VALUE') as CiMetric,
    }),
    show: ({ ciMetric }) => ciMetric,
  },
  {
    flags: '--max-repeat <n>',
    about: 'with --repeat auto: runs after which it ends, whatever is known',
    parse: (text, flag) => ({
      maxRepeat: parseInteger(flag, text, { min: FEWEST_AUTO_RUNS, max: LIMITS.repeat }),
    }),
    show: ({ maxRepeat }) => String(maxRepeat),
  },
  integerFlag('--seed <n>', 'seed of everything random', 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER }),
  {
    flags: '--source <spec>',
    about: 'what is published: synthetic, or replay:FILE (CSV or NDJSON)',
    parse: (text, flag) => {
      parseName(flag, parseSourceSpec(text).name, sourceNames(), 'LAB_ERR_UNKNOWN_SOURCE');
      return { source: text };
    },
    show: ({ source }) => source,
  },
  {
    flags: '--speed <factor>',
    about: 'with --rate recorded: times the recorded pace',
    parse: (text, flag) => ({ speed: parseFactor(flag, text, { min: 0.001, max: 1_000_000_000 }) }),
    show: ({ speed }) => (speed === null ? null : String(speed)),
  },
  pointFlag(
    '--replay-from <when>',
    'begin a replay here: a recorded time (ISO 8601), or 10s after its first row',
    'replayFrom',
  ),
  pointFlag(
    '--replay-to <when>',
    'end it before this: a recorded time, or so long after its first row',
    'replayTo',
  ),
  integerFlag('--symbols <n>', 'keys that the synthetic source invents', 'symbols', {
    min: 1,
    max: 1_000_000,
  }),
  {
    flags: '--flush <list>',
    about: 'when to send: auto, 0 (at once), or a period like 2ms',
    parse: (text, flag) => ({
      flushes: parseList(flag, text, (item) => {
        parseFlushMode(item);
        return item;
      }),
    }),
    show: ({ flushes }) => flushes.join(','),
  },
  {
    flags: '--policy <name>',
    about: `when a subscriber falls behind: ${policyNames().join(', ')}`,
    parse: (text, flag) => ({ policy: parseName(flag, text, policyNames(), 'LAB_ERR_UNKNOWN_POLICY') }),
    show: ({ policy }) => policy,
  },
  {
    flags: '--inject <fault>',
    about: 'a known fault, to see that reports show it: delay=30ms holds every message back in the server',
    parse: (text, flag) => ({ inject: parseInjection(flag, text) }),
    show: ({ inject }) => (inject === null ? null : injectionText(inject)),
  },
  {
    flags: '--host <address>',
    about: 'local address to serve on',
    parse: (text, flag) => ({ host: parseHost(flag, text) }),
    show: ({ host }) => host,
  },
  integerFlag('--port <n>', 'server port, with --shards the first; 0 = any free one', 'port', {
    min: 0,
    max: MAX_PORT,
  }),
  integerFlag('--datagram <bytes>', 'UDP: largest datagram', 'datagramBytes', { min: 548, max: 1_472 }),
  bufferFlag('--rcvbuf <bytes>', 'UDP: SO_RCVBUF to ask for (k = 1024)', 'receiveBufferBytes'),
  bufferFlag('--sndbuf <bytes>', 'UDP: SO_SNDBUF to ask for (k = 1024)', 'sendBufferBytes'),
  {
    flags: '--udp-sender <name>',
    about: `UDP: how to send: ${UDP_SENDERS.join(', ')} (auto = the fastest there is)`,
    parse: (text, flag) => ({
      udpSender: parseName(flag, text, UDP_SENDERS, 'LAB_ERR_BAD_VALUE') as UdpSender,
    }),
    show: ({ udpSender }) => udpSender,
  },
  {
    flags: '--group <address>',
    about: 'udp-multicast: IPv4 group to send to',
    parse: (text, flag) => ({ group: parseGroup(flag, text) }),
    show: ({ group }) => group,
  },
  integerFlag('--multicast-ttl <n>', 'udp-multicast: 0 = this machine, 1 = this network', 'multicastTtl', {
    min: 0,
    max: 255,
  }),
  {
    flags: '--multicast-interface <address>',
    about: 'udp-multicast: address or name of the interface, instead of that of --host',
    parse: (text, flag) => ({ multicastInterface: parseHost(flag, text) }),
    show: ({ multicastInterface }) => multicastInterface,
  },
  {
    flags: '--tmax <time>',
    about: 'a message not there this long after the window is lost',
    parse: (text, flag) => ({ tmaxMs: parseDuration(flag, text, { min: 100, max: 600_000 }) }),
    show: ({ tmaxMs }) => durationText(tmaxMs),
  },
  {
    flags: '--decode <mode>',
    about: 'what subscribers do with a message: scan (find, account for), or full (decode it as well)',
    parse: (text, flag) => ({
      decode: parseName(flag, text, DECODE_MODES, 'LAB_ERR_BAD_VALUE') as DecodeMode,
    }),
    show: ({ decode }) => decode,
  },
  integerFlag('--shards <n>', 'server processes, each with its share of the clients', 'shards', {
    min: 1,
    max: LIMITS.shards,
  }),
  integerFlag('--processes <n>', 'subscriber processes; 0 = cores − shards', 'subscriberProcesses', {
    min: 0,
    max: 256,
  }),
  {
    flags: '--ceiling',
    about: 'after each cell, measure what a bare socket loop delivers (about 2 s each)',
    parse: () => ({ ceiling: true }),
    show: ({ ceiling }) => (ceiling ? '' : null),
  },
  {
    flags: '--skip-baselines',
    about: 'no ping, echo and noise floor: 2 s sooner, and nothing to set latencies beside',
    parse: () => ({ baselines: false }),
    show: ({ baselines }) => (baselines ? null : ''),
  },
];

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What only `--repeat auto` heeds. */
const AUTO_FLAGS = [
  ['--ci', 'ciTarget'],
  ['--ci-metric', 'ciMetric'],
  ['--max-repeat', 'maxRepeat'],
] as const;

function flagText(name: string, config: RunConfig): string {
  return FLAGS.find((flag) => longName(flag) === name)!.show(config) ?? '';
}

/** False for a flag, by its long name, that this configuration makes no use of and would refuse. */
export function isHeeded(name: string, { repeat, target }: RunConfig): boolean {
  if (target !== null && IDLE_WITH_TARGET.some(([idle]) => idle === name)) return false;
  return repeat === AUTO || AUTO_FLAGS.every(([idle]) => idle !== name);
}

/** The flags of the configuration in the order of the help, each with the value that holds without it. */
export function runFlags(): (RunFlag & { readonly fallback: string | null })[] {
  return FLAGS.map((flag) => ({ ...flag, fallback: flag.show(DEFAULT_CONFIG) }));
}

/** `--clients` */
export function longName({ flags }: { readonly flags: string }): string {
  return /--[\w-]+/.exec(flags)![0];
}

/** Recorded values stay as they are unless a size is asked for: nobody replays real data to have it padded. */
function defaultsFor(source: string): RunConfig {
  return parseSourceSpec(source).name === 'replay' ? { ...DEFAULT_CONFIG, sizesBytes: [0] } : DEFAULT_CONFIG;
}

/**
 * The configuration that the given parts and the defaults make together.
 * @throws LAB_ERR_BAD_VALUE when parts contradict each other
 */
export function runConfig(parts: readonly Partial<RunConfig>[]): RunConfig {
  const given: Writable<Partial<RunConfig>> = Object.assign({}, ...parts);
  // A fixed number of runs overrides a file that says `auto`, and with it all that goes with that.
  const fixedBy = parts.findLastIndex(({ repeat }) => repeat !== undefined);
  for (const [, key] of AUTO_FLAGS) {
    const lastBy = parts.findLastIndex((part) => part[key] !== undefined);
    if (given.repeat !== AUTO && lastBy < fixedBy && parts[lastBy]?.repeat === AUTO) delete given[key];
  }
  const target = given.target ?? null;
  if (target !== null) refuseIdle(given);
  const config: RunConfig = {
    ...defaultsFor(given.source ?? DEFAULT_CONFIG.source),
    ...given,
    ...(target === null ? {} : settingsOfTargets(target)),
  };
  if (config.ratesPerSecond === null && target === null && parseSourceSpec(config.source).name !== 'replay') {
    throw badValue(
      '-r/--rate',
      RECORDED,
      `needs a recording, and the source is '${config.source}'`,
      'add --source replay:FILE',
    );
  }
  if (config.ratesPerSecond !== null && config.speed !== null) {
    throw badValue(
      '--speed',
      String(config.speed),
      'has no effect on a fixed rate',
      'add --rate recorded, or leave --speed out',
    );
  }
  const part = config.replayFrom ?? config.replayTo;
  if (part !== null && parseSourceSpec(config.source).name !== 'replay') {
    throw badValue(
      config.replayFrom === null ? '--replay-to' : '--replay-from',
      pointText(part),
      `needs a recording, and the source is '${config.source}'`,
      'add --source replay:FILE',
    );
  }
  if (config.inject !== null && config.inject.delayMs >= config.tmaxMs) {
    throw badValue(
      '--inject',
      injectionText(config.inject),
      `is not below --tmax, ${durationText(config.tmaxMs)}: the end of the feed would count as lost`,
      'inject a shorter delay, or raise --tmax',
    );
  }
  const fewest = Math.min(...config.clients);
  if (config.shards > fewest) {
    throw badValue(
      '--shards',
      String(config.shards),
      `is more than --clients ${fewest}: a server process would have nobody to serve`,
      'lower --shards, or raise --clients',
    );
  }
  if (config.port > 0 && config.port + config.shards - 1 > MAX_PORT) {
    throw badValue(
      '--shards',
      String(config.shards),
      `leaves no port for the last of them: each has its own, from --port ${config.port} on`,
      'lower --port, or leave it at 0: any free ones',
    );
  }
  if (config.repeat !== AUTO) {
    const idle = AUTO_FLAGS.find(([, key]) => given[key] !== undefined);
    if (idle !== undefined) {
      throw badValue(
        idle[0],
        flagText(idle[0], config),
        'has no effect on a fixed number of runs',
        'add --repeat auto, or leave it out',
      );
    }
  }
  return config;
}

/** The command that reproduces a configuration: what differs from the defaults, and always the seed. */
export function reproduction(config: RunConfig): string {
  const words = ['lab', 'run'];
  const defaults = defaultsFor(config.source);
  for (const flag of FLAGS) {
    const value = flag.show(config);
    const name = longName(flag);
    if (value === null || !isHeeded(name, config)) continue;
    if (value !== flag.show(defaults) || name === '--seed')
      words.push(name, ...(value === '' ? [] : [shellWord(value)]));
  }
  return words.join(' ');
}

/** One word of a POSIX shell, quoted only where that is needed. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** @throws LAB_ERR_BAD_VALUE */
function parseInjection(flag: string, text: string): Injection {
  const [, delay] = /^delay=(.*)$/.exec(text) ?? [];
  if (delay !== undefined) return { delayMs: parseDuration(flag, delay, injectedDelays) };
  throw badValue(flag, text, 'is not a fault that can be injected', 'write --inject delay=30ms');
}

/** @throws LAB_ERR_BAD_VALUE */
function parseGroup(flag: string, text: string): string {
  const problem = groupProblem(text);
  if (problem === undefined) return text;
  throw badValue(flag, text, problem, GROUP_HINT);
}

/** A name or address; that it exists shows only when it is used. @throws LAB_ERR_BAD_VALUE */
export function parseHost(flag: string, text: string): string {
  if (isHost(text)) return text;
  throw badValue(flag, text, 'is not a host name or address', 'write it like 127.0.0.1, ::1 or localhost');
}
