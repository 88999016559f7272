/** What a run is told: its configuration, the defaults, the limits, and the plan of a cell. */
import { DEFAULT_POLICY } from '../src/core/overload/policy.js';
import { defaultsOf, type OptionValues } from '../src/options/option.js';
import { chosenOptions, sourceTable } from '../src/sources/registry.js';
import type { SourceOptions } from '../src/sources/source.js';
import type { Endpoint } from '../src/transports/endpoint.js';
import { transportTable } from '../src/transports/registry.js';
import type { Repair } from '../src/transports/repair.js';

import { NO_LINK } from './link/link-spec.js';
import type { CiMetric } from './metric-catalogue.js';
import type { Injection } from './workload/injection.js';

/**
 * Everything a run needs to know, complete and already checked one by one. Lists span the matrix.
 */
export interface RunConfig {
  readonly server: MeasuredServer;
  /**
   * Combinations that are measured beside each other in place of every one that the lists make:
   * what one does not say, the lists do. Null = every one.
   */
  readonly stacks: readonly Stack[] | null;
  /** Those of the targets, or of the stacks, where there are any. */
  readonly transports: readonly string[];
  readonly codecs: readonly string[];
  readonly clients: readonly number[];
  /** Feed messages per second, in total; null = the recorded pace of a replay × `speed`. */
  readonly ratesPerSecond: readonly number[] | null;
  /** Payload bytes; 0 = values as the source gives them. */
  readonly sizesBytes: readonly number[];
  readonly durationsMs: readonly number[];
  readonly warmupMs: number;
  /**
   * Runs of every cell; `auto` = until `ciMetric` is known to within `ciTarget`, or `maxRepeat`
   * runs.
   */
  readonly repeat: number | 'auto';
  /** With `auto`: half-width of the 95 % interval that is enough, as a share of the median. */
  readonly ciTarget: number;
  /** With `auto`: the figure in question. */
  readonly ciMetric: CiMetric;
  /** With `auto`: runs after which it ends, whatever is known. */
  readonly maxRepeat: number;
  readonly seed: number;
  /** `synthetic` or `replay:FILE`. */
  readonly source: string;
  readonly speed: number | null;
  /** By the names in the tables of the sources. */
  readonly sourceOptions: OptionValues;
  /** `auto`, `0` or a period in ms each: see core/flush. */
  readonly flushes: readonly string[];
  /** Between clients and server: `none`, a profile, or a specification (bench/link/spec). */
  readonly links: readonly string[];
  /** How what is lost is repaired; a transport without repair is measured once. */
  readonly repairs: readonly Repair[];
  /** Congestion control of the server's connections; a transport without is measured once. */
  readonly congestions: readonly string[];
  /** Overload policies of the server, each in its one text: see core/overload. */
  readonly policies: readonly string[];
  /** Faults injected on purpose; null = none. */
  readonly inject: Injection | null;
  readonly host: string;
  readonly port: number;
  /** By the names in the tables of the transports; each transport is given those of its own. */
  readonly transportOptions: OptionValues;
  /** A message not received this long after the end of the window is lost. */
  readonly tmaxMs: number;
  /** `scan`: subscribers find and account for messages; `full`: they decode each as well. */
  readonly decode: DecodeMode;
  /** Who moves the bytes of the subscribers; `auto`: native where it can be. */
  readonly receiver: ReceiverChoice;
  /** Server processes, each with its own share of the clients and all with the same feed. */
  readonly shards: number;
  /** Subscriber processes; 0 = as `subscriberProcesses` (preflight) has it. */
  readonly subscriberProcesses: number;
  /** After each cell, measure what a bare socket loop delivers. */
  readonly ceiling: boolean;
  /** Measure ping, echo and the noise floor, to set latencies beside. */
  readonly baselines: boolean;
}

/** A transport, and settings that go with it. */
export interface Stack {
  readonly transport: string;
  readonly codec?: string;
  readonly flush?: string;
  readonly repair?: Repair;
  readonly congestion?: string;
  readonly policy?: string;
}

/** As the kernel has it. */
export const DEFAULT_CONGESTION = 'default';

/** What is measured. */
export type MeasuredServer =
  /** A server of our own for each cell. */
  | { readonly kind: 'local' }
  /**
   * Servers that are already running, each of another transport, on one host: they are measured as
   * they are, and nothing that a run is told about source, rate, size and server has a meaning.
   */
  | { readonly kind: 'target'; readonly targets: readonly Target[] };

export const DEFAULT_CONFIG: RunConfig = {
  server: { kind: 'local' },
  stacks: null,
  transports: ['tcp', 'udp'],
  codecs: ['line-json', 'msgpack'],
  clients: [100],
  ratesPerSecond: [100],
  sizesBytes: [40],
  durationsMs: [5000],
  warmupMs: 1000,
  repeat: 1,
  ciTarget: 0.05,
  ciMetric: 'p99',
  maxRepeat: 20,
  seed: 1,
  source: 'synthetic',
  speed: null,
  sourceOptions: defaultsOf(sourceTable(), 'run'),
  flushes: ['auto'],
  links: [NO_LINK],
  repairs: ['none'],
  congestions: [DEFAULT_CONGESTION],
  policies: [DEFAULT_POLICY],
  inject: null,
  host: '127.0.0.1',
  port: 0,
  transportOptions: defaultsOf(transportTable(), 'run'),
  tmaxMs: 3000,
  decode: 'scan',
  receiver: 'auto',
  shards: 1,
  subscriberProcesses: 0,
  ceiling: false,
  baselines: true,
};

/** What fewer clients hold is no more than what a process gains and loses by itself. */
export const FEWEST_TO_WEIGH = 1_000;

export const LIMITS = {
  clients: 100000,
  ratePerSecond: 10000000,
  /** A message a day. */
  slowestPerSecond: 0.00001,
  sizeBytes: 512 * 1024,
  durationMs: 24 * 3600000,
  repeat: 1000,
  cells: 10000,
  shards: 64,
} as const;

/** A whole number among the options of transports; null when it is not set. */
export function wholeOption(
  { transportOptions }: Pick<RunConfig, 'transportOptions'>,
  name: string,
): number | null {
  const value = transportOptions[name];
  return typeof value === 'number' ? value : null;
}

/** What `openSource` is given of the options of sources. */
export function sourceChoices({
  source,
  sourceOptions,
}: Pick<RunConfig, 'source' | 'sourceOptions'>): Pick<SourceOptions, 'symbols'> &
  Partial<SourceOptions> {
  return chosenOptions(source, sourceOptions) as unknown as SourceOptions;
}

/** One measurement: a transport, a codec and a workload, run once. */
export type CellPlan = LocalCell | TargetCell;

interface PlannedCell {
  /** e.g. `udp/msgpack/c1000/r100/s40/d5000#1`: stable over runs. */
  readonly id: string;
  readonly transport: string;
  readonly codec: string;
  readonly clients: number;
  readonly durationMs: number;
  /** 1, 2, … */
  readonly run: number;
}

/** Of a server of our own, started for it. */
export interface LocalCell extends PlannedCell {
  readonly kind: 'local';
  /** Feed messages per second, in total; null = the recorded pace. */
  readonly ratePerSecond: number | null;
  /** Payload bytes; 0 = values as the source gives them. */
  readonly sizeBytes: number;
  readonly flush: string;
  readonly link: string;
  readonly repair: Repair;
  readonly congestion: string;
  readonly policy: string;
}

/** Of a server that is running already; what it publishes is its own affair. */
export interface TargetCell extends PlannedCell {
  readonly kind: 'target';
  readonly target: Target;
}

/**
 * Runs of every cell that `auto` makes before it looks at intervals for the first time: with fewer,
 * even the range of the runs holds the median of the population with a confidence of at most 87.5 %
 * (1 − 2^(1 − n)).
 */
export const FEWEST_AUTO_RUNS = 5;
/** What a subscriber does with a message besides accounting for it. */
export const DECODE_MODES = ['scan', 'full'] as const;

export type DecodeMode = (typeof DECODE_MODES)[number];

/**
 * `native`: system calls with the kernel's stamps; `node`: Node's sockets, whose own delay is in
 * every latency.
 */
export const RECEIVERS = ['auto', 'native', 'node'] as const;

/** `virtual`: native, and one socket for all the UDP clients of a process. */
export type ReceiverChoice = (typeof RECEIVERS)[number] | 'virtual';
/** Where it is. */
export interface Target {
  /** As the user writes it: `tcp://127.0.0.1:7400`. */
  readonly url: string;
  readonly transport: string;
  readonly endpoint: Endpoint;
}
