/** The flags of a question, which are the keys of a file of it. Pure. */

import { CRITERION_NAMES } from '../../bench/choose/question/criteria.js';
import { parseObjectives } from '../../bench/choose/question/objectives.js';
import { parsePairs, parsePrices } from '../../bench/choose/question/prices.js';
import {
  DEFAULT_HEADROOM,
  MULTICAST_USES,
  type MulticastUse,
  type Question,
  type Weighable,
  type Weights,
} from '../../bench/choose/question/question.js';
import { LIMITS } from '../../bench/config.js';
import { parseLinks } from '../../bench/link/spec/parse.js';
import { readTraceFile } from '../../bench/link/spec/trace-file.js';
import { parseThreshold } from '../../bench/verdict/threshold.js';
import { durationText, percentText } from '../../src/options/value-text.js';
import {
  badValue,
  parseBytes,
  parseCount,
  parseDuration,
  parseInteger,
  parseName,
  parsePercent,
  parseRate,
} from '../../src/options/values.js';

/** What flags and a file say of a question. */
export type AskedPart = Partial<Question> & { readonly deadlineMs?: number };

export interface QuestionFlag {
  readonly flags: string;
  readonly about: string;
  /** What the flag stands for without its value, where it may have one. */
  readonly bare?: string;
  readonly parse: (text: string, flag: string) => AskedPart;
}

const WEIGHABLE: readonly Weighable[] = [...CRITERION_NAMES, 'cost'];
const rates = { min: LIMITS.slowestPerSecond, max: LIMITS.ratePerSecond };

export const QUESTION_FLAGS: readonly QuestionFlag[] = [
  {
    flags: '-c, --clients <n>',
    about: 'clients, each of which gets every message (k = 1000)',
    parse: (text, flag) => ({ clients: parseCount(flag, text, { min: 1, max: LIMITS.clients }) }),
  },
  {
    flags: '-r, --rate <n>',
    about: 'feed messages/s in total, not per client',
    parse: (text, flag) => ({ ratePerSecond: parseRate(flag, text, rates) }),
  },
  {
    flags: '-s, --size <bytes>',
    about: 'payload bytes of a message (k = 1024)',
    parse: (text, flag) => ({
      sizeBytes: parseBytes(flag, text, { min: 0, max: LIMITS.sizeBytes }),
    }),
  },
  {
    flags: '--link <list>',
    about:
      'what is between clients and server: none, 4g, delay=25ms/loss=1%; clients in equal shares',
    parse: (text, flag) => ({
      links: parseLinks(flag, text, readTraceFile).map(({ name }) => name),
    }),
  },
  {
    flags: '--slo <list>',
    about: "what must hold behind every link, with units: 'staleness_p99<500ms,loss=0'",
    parse: (text, flag) => ({ objectives: parseObjectives(flag, text) }),
  },
  {
    flags: '--deadline <time>',
    about: 'a message that is later is worth nothing: as the objective p99 below it',
    parse: (text, flag) => ({
      deadlineMs: parseDuration(flag, text, { min: 1, max: LIMITS.durationMs }),
    }),
  },
  {
    flags: '--browsers',
    about: 'the clients are browsers: WebSocket only',
    parse: () => ({ browsers: true }),
  },
  {
    flags: '--multicast [use]',
    about: 'one send must reach all (only udp-multicast does); may: the network carries multicast',
    bare: 'must',
    parse: (text, flag) => ({
      multicast: parseName(flag, text, MULTICAST_USES, 'LAB_ERR_BAD_VALUE') as MulticastUse,
    }),
  },
  {
    flags: '--reliable',
    about: 'every message must arrive: what lost one is ruled out',
    parse: () => ({ reliable: true }),
  },
  {
    flags: '--price <list>',
    about: 'cpu-hour=0.04,gb-egress=0.05,gb-ram-hour=0.005; what is left out is assumed to be that',
    parse: (text, flag) => ({ prices: parsePrices(flag, text) }),
  },
  {
    flags: '--headroom <percent>',
    about: `share of its capacity that a server shall carry (default: ${percentText(DEFAULT_HEADROOM)})`,
    parse: (text, flag) => ({ headroom: parsePercent(flag, text, { min: 0.01, max: 1 }) }),
  },
  {
    flags: '--weights <list>',
    about: `choose by a weighted mean in place of cost: p99=2,cost=1; of ${WEIGHABLE.join(', ')}`,
    parse: (text, flag) => ({ weights: parseWeights(flag, text) }),
  },
  {
    flags: '--seed <n>',
    about: 'seed of the resampling (default: 1)',
    parse: (text, flag) => ({
      seed: parseInteger(flag, text, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    }),
  },
];

function parseWeights(flag: string, text: string): Weights {
  const weights = parsePairs(flag, text, WEIGHABLE, 'p99=2,cost=1', 'weight');
  if (Object.values(weights).some((weight) => weight > 0)) return weights;
  throw badValue(flag, text, 'weighs nothing', 'give one of them more than 0');
}

/** The objective that a deadline stands for. */
export function deadlineObjective(deadlineMs: number) {
  return parseThreshold('--deadline', `p99<${durationMicros(deadlineMs)}`);
}

function durationMicros(ms: number): string {
  const text = durationText(ms);
  return /^\d+(ms|s)$/.test(text) ? text : `${ms}ms`;
}
