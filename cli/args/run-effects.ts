/** When a setting of `lab run` has no effect. Pure. */
import type { RunConfig } from '../../bench/config.js';
import { valuesIn } from '../../bench/run/combinations.js';
import { type EffectRule, type Idle, rowRule, unowned } from './effect.js';
import { optionFlags } from './option-flags.js';
import { AUTO, isListed, RECORDED, type STACK_PARTS } from './run-values.js';

type Rule = EffectRule<RunConfig>;

const RUNNING: Idle = {
  beside: '--target',
  otherwise: '--target: a server that is running already is measured as it is',
};

const ONLY_OURS: Rule['idle'] = ({ server }) => (server.kind === 'target' ? RUNNING : null);

/** What the server of a run is like. */
const OF_THE_SERVER = [
  ['--stack', 'stacks'],
  ['--transport', 'transports'],
  ['--rate', 'ratesPerSecond'],
  ['--size', 'sizesBytes'],
  ['--source', 'source'],
  ['--speed', 'speed'],
  ['--flush', 'flushes'],
  ['--link', 'links'],
  ['--repair', 'repairs'],
  ['--congestion', 'congestions'],
  ['--policy', 'policies'],
  ['--inject', 'inject'],
  ['--host', 'host'],
  ['--port', 'port'],
  ['--shards', 'shards'],
  ['--ceiling', 'ceiling'],
] as const satisfies readonly (readonly [string, keyof RunConfig])[];

/** What only `--repeat auto` makes use of. */
const OF_AUTO = [
  ['--ci', 'ciTarget'],
  ['--ci-metric', 'ciMetric'],
  ['--max-repeat', 'maxRepeat'],
] as const satisfies readonly (readonly [string, keyof RunConfig])[];

const REPLAY = { by: '--source', owners: ['replay'] } as const;
const TRANSPORTS_WITH_A_CEILING = { by: '--transport', owners: ['tcp', 'udp', 'ws'] } as const;

/** What the lists of a run say for stacks that do not. */
const OF_STACKS = [
  ['--codec', 'codecs', 'codec'],
  ['--flush', 'flushes', 'flush'],
  ['--repair', 'repairs', 'repair'],
  ['--congestion', 'congestions', 'congestion'],
  ['--policy', 'policies', 'policy'],
] as const satisfies readonly (readonly [string, keyof RunConfig, keyof typeof STACK_PARTS])[];

const NAMED_IN_STACKS: Idle = {
  beside: '--stack, whose stacks say it',
  otherwise: 'name it in the stacks: --stack tcp/policy=conflate,udp/repair=nak',
};

/** Those of the target first: what it makes meaningless is not there for the others. */
export const RUN_EFFECTS: readonly Rule[] = [
  ...OF_THE_SERVER.map(([flag, key]): Rule => ({ flag, place: [key], idle: ONLY_OURS })),
  {
    // Of a file, whose stacks a list of transports on the command line overrides.
    flag: '--stack',
    place: ['stacks'],
    idle: ({ stacks, transports }, { stacks: given, transports: listed }) =>
      stacks !== null && given === undefined && listed !== undefined
        ? {
            beside: `--transport ${transports.join(',')}`,
            otherwise: 'leave --transport out',
          }
        : null,
  },
  {
    flag: '--transport',
    place: ['transports'],
    idle: ({ stacks }) => (stacks === null ? null : NAMED_IN_STACKS),
  },
  ...optionFlags('run').map((flag): Rule => {
    const rule = rowRule<RunConfig>(flag);
    if (flag.row.side === 'listen' || flag.row.side === 'open')
      return { ...rule, idle: (config) => ONLY_OURS(config, {}) ?? rule.idle(config, {}) };
    return { ...rule, idle: (config) => ofTarget(rule.idle(config, {}), config) };
  }),
  {
    // Of a file whose source a flag overrides.
    flag: '--rate',
    place: ['ratesPerSecond'],
    idle: (config, { source, ratesPerSecond }) =>
      source !== undefined && ratesPerSecond === undefined && config.ratesPerSecond === null
        ? unowned(REPLAY, config)
        : null,
  },
  {
    flag: '--speed',
    place: ['speed'],
    idle: ({ ratesPerSecond }) =>
      ratesPerSecond === null
        ? null
        : { beside: 'a fixed rate', otherwise: `add --rate ${RECORDED}` },
  },
  {
    flag: '--ceiling',
    place: ['ceiling'],
    idle: (config) =>
      config.shards > 1
        ? { beside: `--shards ${config.shards}`, otherwise: 'choose --shards 1' }
        : unowned(TRANSPORTS_WITH_A_CEILING, config),
  },
  {
    flag: '--repair',
    place: ['repairs'],
    idle: (config) => unowned({ by: '--transport', owners: ['udp'] }, config),
  },
  {
    flag: '--repair-deadline',
    place: ['transportOptions', 'repairDeadlineMs'],
    idle: (config) =>
      valuesIn(config, 'repair').some((repair) => repair !== 'none')
        ? null
        : { beside: 'no repair', otherwise: 'add --repair nak' },
  },
  {
    flag: '--congestion',
    place: ['congestions'],
    idle: (config) => unowned({ by: '--transport', owners: ['tcp', 'ws'] }, config),
  },
  ...OF_STACKS.map(
    ([flag, key, part]): Rule => ({
      flag,
      place: [key],
      idle: ({ stacks }) => (stacks === null || isListed(stacks, part) ? null : NAMED_IN_STACKS),
    }),
  ),
  ...OF_AUTO.map(
    ([flag, key]): Rule => ({
      flag,
      place: [key],
      idle: ({ repeat }) =>
        repeat === AUTO
          ? null
          : { beside: 'a fixed number of runs', otherwise: 'add --repeat auto' },
    }),
  ),
];

/** The transports of a target are in its URLs. */
function ofTarget(idle: Idle | null, { server, transports }: RunConfig): Idle | null {
  if (idle === null || server.kind === 'local') return idle;
  return {
    beside: `a --target of ${transports.join(' and ')}`,
    otherwise: idle.otherwise.replace('choose --transport', 'name one of'),
  };
}
