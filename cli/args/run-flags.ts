/**
 * The flags of `lab run`: for each what it is called, what its text says, and the text that gives a
 * setting. Pure.
 */

import {
  DECODE_MODES,
  type DecodeMode,
  FEWEST_AUTO_RUNS,
  LIMITS,
  RECEIVERS,
  type ReceiverChoice,
} from '../../bench/config.js';
import { parseLinks } from '../../bench/link/spec/parse.js';
import { readTraceFile } from '../../bench/link/spec/trace-file.js';
import type { CiMetric } from '../../bench/metric-catalogue.js';
import { stackText } from '../../bench/run/combinations.js';
import { CI_METRICS } from '../../bench/run/stop-rule.js';
import { injectionText } from '../../bench/workload/injection.js';
import { codecNames } from '../../src/codecs/registry.js';
import { bytesText, countText, durationText, percentText } from '../../src/options/value-text.js';
import {
  parseBytes,
  parseCount,
  parseDuration,
  parseFactor,
  parseHost,
  parseInteger,
  parseList,
  parseName,
  parsePercent,
} from '../../src/options/values.js';
import { isLive, parseSourceSpec, sourceNames, sourceUsages } from '../../src/sources/registry.js';
import { transportNames } from '../../src/transports/registry.js';
import { REPAIRS } from '../../src/transports/repair.js';
import { sectionFlags } from './option-flags.js';
import { flagOf, integerFlag, type RunFlag } from './run-flag.js';
import {
  AUTO,
  BENCH_POLICY_ABOUT,
  CONGESTION_ABOUT,
  parseBenchPolicy,
  parseCodec,
  parseCongestion,
  parseFlush,
  parseInjection,
  parseRates,
  parseRepair,
  parseStacks,
  RECORDED,
  STACK_PARTS,
} from './run-values.js';
import { parseTargets } from './target-flags.js';

export const MAX_PORT = 65_535;

const durations = { min: 100, max: LIMITS.durationMs };
const waits = { min: 0, max: 3_600_000 };

export const FLAGS: readonly RunFlag[] = [
  {
    flags: '--target <list>',
    about:
      'servers that are already running, e.g. tcp://host:7400,udp://host:7400, instead of our own',
    parse: (text, flag) => ({ server: { kind: 'target', targets: parseTargets(flag, text) } }),
    show: ({ server }) =>
      server.kind === 'local' ? null : server.targets.map(({ url }) => url).join(','),
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
    flags: '--stack <list>',
    about: `in place of every combination these: tcp,tcp/policy=conflate,udp/repair={none,nak}; parts: ${Object.keys(STACK_PARTS).join(', ')}`,
    parse: (text, flag) => ({ stacks: parseStacks(flag, text) }),
    show: ({ stacks }) => stacks?.map(stackText).join(',') ?? null,
  },
  {
    flags: '-k, --codec <list>',
    about: `codecs: ${codecNames().join(', ')}`,
    parse: (text, flag) => ({
      codecs: parseList(flag, text, (item) => parseCodec(flag, item)),
    }),
    show: ({ codecs }) => codecs.join(','),
  },
  {
    flags: '-c, --clients <list>',
    about: 'subscribers, each gets every message (k = 1,000)',
    parse: (text, flag) => ({
      clients: parseList(flag, text, (item) =>
        parseCount(flag, item, { min: 1, max: LIMITS.clients }),
      ),
    }),
    show: ({ clients }) => clients.map(countText).join(','),
  },
  {
    flags: '-r, --rate <list>',
    about:
      'feed messages/s in total, not per client (k = 1,000), or "recorded": a replay at its own pace',
    parse: (text, flag) => ({ ratesPerSecond: parseRates(flag, text) }),
    show: ({ ratesPerSecond }) => ratesPerSecond?.map(countText).join(',') ?? RECORDED,
  },
  {
    flags: '-s, --size <list>',
    about: 'payload bytes (k = 1,024); 0 = as the source gives them, the default of a replay',
    parse: (text, flag) => ({
      sizesBytes: parseList(flag, text, (item) =>
        parseBytes(flag, item, { min: 0, max: LIMITS.sizeBytes }),
      ),
    }),
    show: ({ sizesBytes }) => sizesBytes.map(bytesText).join(','),
  },
  {
    flags: '-d, --duration <list>',
    about: 'measured window: 300ms, 10s, 1m30s; without it see below',
    parse: (text, flag) => ({
      durationsMs: parseList(flag, text, (item) => parseDuration(flag, item, durations)),
    }),
    show: ({ durationsMs }) => durationsMs.map(durationText).join(','),
  },
  {
    flags: '-w, --warmup <time>',
    about: 'load before the window, not measured; above 1 million deliveries/s the default is 3s',
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
  integerFlag('--seed <n>', 'seed of everything random', 'seed', {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  }),
  {
    flags: '--source <spec>',
    about: `what is published: ${sourceUsages((name) => !isLive(name))}`,
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
  ...sectionFlags('run', 'pace').map(flagOf),
  ...sectionFlags('run', 'content').map(flagOf),
  {
    flags: '--flush <list>',
    about: 'when to send: auto, 0 (at once), or a period like 2ms',
    parse: (text, flag) => ({
      flushes: parseList(flag, text, (item) => parseFlush(flag, item)),
    }),
    show: ({ flushes }) => flushes.join(','),
  },
  {
    flags: '--link <list>',
    about:
      'between clients and server: none, a profile such as 4g, or delay=20ms/jitter=5ms/loss={0%,1%}/burst=3/rate=12mbit (docs/design/link.md)',
    parse: (text, flag) => ({
      links: parseLinks(flag, text, readTraceFile).map(({ name }) => name),
    }),
    show: ({ links }) => links.join(','),
  },
  {
    flags: '--repair <list>',
    about: `UDP: how what is lost is repaired: ${REPAIRS.join(', ')}`,
    parse: (text, flag) => ({
      repairs: parseList(flag, text, (item) => parseRepair(flag, item)),
    }),
    show: ({ repairs }) => repairs.join(','),
  },
  {
    flags: '--congestion <list>',
    about: CONGESTION_ABOUT,
    parse: (text, flag) => ({
      congestions: parseList(flag, text, (item) => parseCongestion(flag, item)),
    }),
    show: ({ congestions }) => congestions.join(','),
  },
  {
    flags: '--policy <list>',
    about: BENCH_POLICY_ABOUT,
    parse: (text, flag) => ({
      policies: parseList(flag, text, (item) => parseBenchPolicy(flag, item)),
    }),
    show: ({ policies }) => policies.join(','),
  },
  {
    flags: '--inject <fault>',
    about:
      'a known fault, to see that reports show it: delay=30ms holds every message back in the server, capacity=400 lets no more through in a second',
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
  ...sectionFlags('run', undefined).map(flagOf),
  {
    flags: '--tmax <time>',
    about: 'a message not there this long after the window is lost',
    parse: (text, flag) => ({ tmaxMs: parseDuration(flag, text, { min: 100, max: 600_000 }) }),
    show: ({ tmaxMs }) => durationText(tmaxMs),
  },
  {
    flags: '--decode <mode>',
    about:
      'what subscribers do with a message: scan (find, account for), or full (decode it as well)',
    parse: (text, flag) => ({
      decode: parseName(flag, text, DECODE_MODES, 'LAB_ERR_BAD_VALUE') as DecodeMode,
    }),
    show: ({ decode }) => decode,
  },
  {
    flags: '--receiver <name>',
    about:
      'what receives: native (system calls, with the kernel’s stamps), node, or auto (native where it can be)',
    parse: (text, flag) => ({
      receiver: parseName(flag, text, RECEIVERS, 'LAB_ERR_BAD_VALUE') as ReceiverChoice,
    }),
    show: ({ receiver }) => (receiver === 'virtual' ? null : receiver),
  },
  {
    flags: '--virtual-clients',
    about: 'UDP clients that share one socket, each with an address of its own: many thousands',
    parse: () => ({ receiver: 'virtual' }),
    show: ({ receiver }) => (receiver === 'virtual' ? '' : null),
  },
  integerFlag('--shards <n>', 'server processes, each with its share of the clients', 'shards', {
    min: 1,
    max: LIMITS.shards,
  }),
  integerFlag(
    '--processes <n>',
    'subscriber processes; 0 = as the deliveries take, no more than cores − shards',
    'subscriberProcesses',
    {
      min: 0,
      max: 256,
    },
  ),
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
