/** What a choice is asked for, complete and checked. */
import type { Threshold } from '../../verdict/threshold.js';
import type { CriterionName } from './criteria.js';
import type { Prices } from './prices.js';

/**
 * `no`: the network carries none. `may`: it carries IP multicast from end to end. `must`: one send
 * has to reach all.
 */
export const MULTICAST_USES = ['no', 'may', 'must'] as const;
export type MulticastUse = (typeof MULTICAST_USES)[number];

/** What weights may be given to: a criterion, or what a client costs. */
export type Weighable = CriterionName | 'cost';
export type Weights = Readonly<Partial<Record<Weighable, number>>>;

export interface Question {
  /** The load; null = that of the results, where they have one only. */
  readonly clients: number | null;
  /** Feed messages/s, in total. */
  readonly ratePerSecond: number | null;
  /** Payload bytes. */
  readonly sizeBytes: number | null;
  /** By their names in results, `none` among them; each has an equal share of the clients. */
  readonly links: readonly string[] | null;
  /** What must hold behind every link. */
  readonly objectives: readonly Threshold[];
  /** Clients are browsers. */
  readonly browsers: boolean;
  readonly multicast: MulticastUse;
  /** Every message must arrive. */
  readonly reliable: boolean;
  /** As given; what is not given is assumed. */
  readonly prices: Partial<Prices>;
  /** Share of its capacity that a server is planned to carry, 0 to 1. */
  readonly headroom: number;
  /** Null = objectives first, then cost. */
  readonly weights: Weights | null;
  /** Of the bootstraps. */
  readonly seed: number;
}

export const DEFAULT_HEADROOM = 0.6;

export const DEFAULT_QUESTION: Question = {
  clients: null,
  ratePerSecond: null,
  sizeBytes: null,
  links: null,
  objectives: [],
  browsers: false,
  multicast: 'no',
  reliable: false,
  prices: {},
  headroom: DEFAULT_HEADROOM,
  weights: null,
  seed: 1,
};
