/** What is measured to answer a question: stacks, loads around it, and how often. Pure. */
import type { Question } from '../../bench/choose/question/question.js';
import {
  DEFAULT_CONFIG,
  LIMITS,
  type RunConfig,
  type Stack,
  wholeOption,
} from '../../bench/config.js';
import { type LinkSpec, NO_LINK } from '../../bench/link/link-spec.js';
import { parseLink } from '../../bench/link/spec/parse.js';
import { readTraceFile } from '../../bench/link/spec/trace-file.js';
import { estimateSeconds } from '../../bench/run/estimate.js';
import { planCells, planRound } from '../../bench/run/matrix.js';
import { LabError } from '../../src/errors.js';
import { percentText } from '../../src/options/value-text.js';
import { withLongWarmup } from '../args/length/long-warmup.js';

/** A run of the plan, and what it is for. */
export interface PlannedRun {
  readonly about: string;
  readonly config: RunConfig;
}

export interface ChoosePlan {
  readonly runs: readonly PlannedRun[];
  readonly seconds: number;
}

export interface PlanOptions {
  readonly quick: boolean;
  readonly deadlineMs: number | null;
  /** In place of those that the question makes; null = those. */
  readonly stacks: readonly Stack[] | null;
  /** How long it should take; null = 5 minutes when quick, else half an hour. */
  readonly seconds: number | null;
  /** Keys of the feed; null = as many as are each published 20 times a second, 50 at most. */
  readonly symbols: number | null;
}

/** Seconds that a plan should take. */
const QUICK_S = 5 * 60;
const WHOLE_S = 30 * 60;
/** Fewer runs have no interval of a median, and more tell no clear difference better. */
const FEWEST_RUNS = 6;
const MOST_RUNS = 20;
/** So many of the question itself come before any around it: these tell a clear difference. */
const FEWEST_AROUND = 8;
/** Runs of cells around the question, which only show where a choice would change. */
const RUNS_AROUND = 3;
const QUICK = { leastMs: 1_000, warmupMs: 500, messages: 50 };
const WHOLE = { leastMs: 2_000, warmupMs: 1_000, messages: 100 };
/** With fewer a window has no p99. */
const FEWEST_DELIVERIES = 2_000;
/** Longer windows for the sake of a slow feed are not waited for. */
const LONGEST_MS = 60_000;
/** A key that is published so often changes in front of whoever looks at it. */
const UPDATES_PER_S = 20;

/** @throws LAB_ERR_USAGE when the question says no load */
export function planChoice(question: Question, options: PlanOptions): ChoosePlan {
  const home = homeConfig(question, options);
  const budget = options.seconds ?? (options.quick ? QUICK_S : WHOLE_S);
  const round = secondsOf({ ...home, repeat: 1 }) - estimateSeconds(home, []);
  const least = estimateSeconds(home, []) + FEWEST_AROUND * round;
  const around: PlannedRun[] = [];
  let left = budget - least;
  for (const one of options.quick ? [] : aroundOf(home, question)) {
    const seconds = secondsOf(one.config);
    if (seconds > left) continue;
    around.push(one);
    left -= seconds;
  }
  const repeat = Math.max(
    FEWEST_RUNS,
    Math.min(MOST_RUNS, FEWEST_AROUND + Math.floor(left / round)),
  );
  const runs = [{ about: 'the question', config: { ...home, repeat } }, ...around];
  return { runs, seconds: runs.reduce((sum, { config }) => sum + secondsOf(config), 0) };
}

function secondsOf(config: RunConfig): number {
  return estimateSeconds(config, planCells(config));
}

function homeConfig(question: Question, options: PlanOptions): RunConfig {
  const { clients, ratePerSecond, sizeBytes, links } = question;
  if (clients === null || ratePerSecond === null) {
    throw new LabError('LAB_ERR_USAGE', 'a choice needs a load to measure', {
      hint: 'say --clients and --rate, or choose from results that exist: lab choose --from RESULT…',
    });
  }
  const stacks = options.stacks ?? stacksFor(question, lossy(links ?? []), options.quick);
  const { leastMs, warmupMs, messages } = options.quick ? QUICK : WHOLE;
  const wanted = Math.max(messages, FEWEST_DELIVERIES / clients) / ratePerSecond;
  const wantedMs = Math.ceil(wanted * 1_000);
  const symbols = options.symbols ?? keysFor(ratePerSecond);
  const config = withLongWarmup({
    ...DEFAULT_CONFIG,
    durationsMs: [Math.max(leastMs, Math.min(LONGEST_MS, wantedMs))],
    warmupMs,
    sourceOptions: { ...DEFAULT_CONFIG.sourceOptions, symbols },
    stacks,
    transports: [...new Set(stacks.map(({ transport }) => transport))],
    codecs: options.quick ? ['msgpack'] : DEFAULT_CONFIG.codecs,
    clients: [clients],
    ratesPerSecond: [ratePerSecond],
    sizesBytes: [sizeBytes ?? DEFAULT_CONFIG.sizesBytes[0]!],
    links: links ?? [NO_LINK],
  });
  return withDeadline(config, options.deadlineMs);
}

function keysFor(ratePerSecond: number): number {
  const most = Number(DEFAULT_CONFIG.sourceOptions.symbols);
  return Math.max(1, Math.min(most, Math.round(ratePerSecond / UPDATES_PER_S)));
}

/** A repair that comes after the deadline is worth nothing. */
function withDeadline(config: RunConfig, deadlineMs: number | null): RunConfig {
  const usual = wholeOption(config, 'repairDeadlineMs');
  const repairs = (config.stacks ?? []).some(({ repair = 'none' }) => repair !== 'none');
  if (deadlineMs === null || !repairs || usual === null || deadlineMs >= usual) return config;
  const transportOptions = { ...config.transportOptions, repairDeadlineMs: deadlineMs };
  return { ...config, transportOptions };
}

/**
 * WebSocket is what TCP is, with more bytes: it is for browsers. Repair is for links that lose, and
 * those that send more unasked are left to the longer plan.
 */
function stacksFor(question: Question, loses: boolean, quick: boolean): Stack[] {
  if (question.browsers) return [{ transport: 'ws' }];
  if (question.multicast === 'must') return [{ transport: 'udp-multicast' }];
  return [
    { transport: 'tcp' },
    { transport: 'udp' },
    ...(loses || question.reliable ? [{ transport: 'udp', repair: 'nak' } as const] : []),
    ...(loses && !quick ? [{ transport: 'udp', repair: 'fec' } as const] : []),
    ...(question.multicast === 'may' ? [{ transport: 'udp-multicast' }] : []),
  ];
}

function lossy(links: readonly string[]): boolean {
  return links.some((name) => {
    const { loss } = specOf(name).down;
    return loss.kind !== 'random' || loss.ratio > 0;
  });
}

function specOf(name: string): LinkSpec {
  return parseLink('--link', name, readTraceFile);
}

/** Half and twice the rate and the clients, and the loss of each link. */
function aroundOf(home: RunConfig, question: Question): PlannedRun[] {
  const few = { ...home, repeat: RUNS_AROUND };
  const [clients] = home.clients as [number];
  const [rate] = home.ratesPerSecond as [number];
  const counts = [Math.ceil(clients / 2), clients * 2].filter(
    (one) => one !== clients && one <= LIMITS.clients,
  );
  const pace = [rate / 2, rate * 2].filter((one) => one <= LIMITS.ratePerSecond);
  const links = (question.links ?? []).flatMap(linksAround);
  const others = [...new Set(links)].filter((link) => !home.links.includes(link));
  return [
    ...(others.length === 0
      ? []
      : [{ about: 'half and twice the loss', config: { ...few, links: others } }]),
    { about: 'half and twice the rate', config: { ...few, ratesPerSecond: pace } },
    { about: 'half and twice the clients', config: { ...few, clients: counts } },
  ].filter(({ config }) => planRound(config, 1).length > 0);
}

/** The same link with half and twice its loss, where that is said alone. */
function linksAround(name: string): string[] {
  const [, digits] = /(?:^|\/)loss=([\d.]+)%/.exec(name) ?? [];
  if (digits === undefined) return [];
  return [0.5, 2]
    .map((factor) => (Number(digits) * factor) / 100)
    .filter((share) => share <= 0.5)
    .map((share) => name.replace(/(^|\/)loss=[\d.]+%/, `$1loss=${percentText(share)}`))
    .map((text) => specOf(text).name);
}
