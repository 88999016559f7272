/** What stacks, places, figures and prices of a choice are called. Pure. */
import type { ChoiceDocument, ChoiceFlip, ChoiceStack } from '../../bench/choose/document.js';
import { metricOf } from '../../bench/metric-catalogue.js';
import {
  formatBytes,
  formatCount,
  formatInteger,
  formatMicros,
  formatPercent,
  trimmed,
} from '../format.js';
import { identityName, listWords } from '../model/cells.js';

export function stackName(stack: ChoiceStack): string {
  return identityName(stack);
}

export function stackNames({ stacks }: ChoiceDocument, places: readonly number[]): string[] {
  return places.map((i) => stackName(stacks[i]!));
}

/** `200 clients × 100 msg/s × 64 B`. */
export function loadWords({ question }: ChoiceDocument): string {
  const { clients, rate_per_s: rate, size_bytes: size } = question;
  const pace = rate === null ? 'recorded pace' : `${trimmed(formatCount(rate))} msg/s`;
  return `${formatInteger(clients)} ${clients === 1 ? 'client' : 'clients'} × ${pace} × ${formatBytes(size)}`;
}

/** `without a link`, `behind 4g`, `behind none and 4g, half of the clients each`. */
export function linkWords({ question: { links } }: ChoiceDocument): string {
  const [only, ...others] = links;
  if (others.length > 0)
    return `behind ${listWords(links)}, with an equal share of the clients behind each`;
  return only === 'none' ? 'without an emulated link' : `behind ${only}`;
}

const CURRENCY = '$';

/** Three significant digits without an exponent: `$0.00213`, `$41.5`, `$1,240`. */
export function money(value: number): string {
  if (value === 0) return `${CURRENCY}0`;
  if (value >= 1_000) return `${CURRENCY}${formatInteger(value)}`;
  const digits = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(value))));
  return `${CURRENCY}${trimmed(value.toFixed(digits))}`;
}

/** By how much a figure is less than another one: `23 % less`; of equals `the same`. */
export function lessWords(value: number, other: number): string {
  if (value === other) return 'as much';
  const share = Math.abs(1 - value / other);
  return `${trimmed(formatPercent(share))} ${value < other ? 'less' : 'more'}`;
}

/** A share of resamplings, which tell no more than whole percents: `94 %`, `>99 %`, `<1 %`. */
export function chance(share: number): string {
  if (share === 0 || share === 1) return `${share * 100} %`;
  if (share < 0.01) return '<1 %';
  return share > 0.99 ? '>99 %' : `${Math.round(share * 100)} %`;
}

const PRICE_WORDS: Readonly<Record<string, readonly [string, string]>> = {
  'cpu-hour': ['a core', ' an hour'],
  'gb-egress': ['egress', ' a GB'],
  'gb-ram-hour': ['a GB of memory', ' an hour'],
};

export function priceName(name: string): string {
  return PRICE_WORDS[name]?.[0] ?? name;
}

/** A value of a flip's axis. */
export function flipValue({ unit, of }: Pick<ChoiceFlip, 'unit' | 'of'>, value: number): string {
  switch (unit) {
    case 'share':
      return trimmed(formatPercent(value));
    case 'us':
    case 'cpu_us':
      return trimmed(formatMicros(value));
    case 'per_s':
      return `${trimmed(formatCount(value))}/s`;
    case 'bytes':
      return trimmed(formatBytes(Math.round(value)));
    case 'price':
      return `${money(value)}${PRICE_WORDS[of]?.[1] ?? ''}`;
    default:
      return formatInteger(value);
  }
}

/** What a flip is about: `the loss behind 4g`, `the limit of staleness p99`. */
export function axisName({ axis, of }: Pick<ChoiceFlip, 'axis' | 'of'>): string {
  switch (axis) {
    case 'loss':
      return of === 'none' ? 'loss' : `loss behind ${of}`;
    case 'rtt':
      return of === 'none' ? 'round trip' : `round trip behind ${of}`;
    case 'rate':
      return 'rate';
    case 'clients':
      return 'number of clients';
    case 'size':
      return 'size of a message';
    case 'objective':
      return `limit of ${of}`;
    case 'price':
      return `price of ${priceName(of)}`;
  }
}

const STEP_WORDS: Readonly<Record<string, string>> = {
  cost: 'cost',
  weights: 'weighted score',
  memory: 'memory per client',
};

/** `p99 latency`. */
export function stepName(step: string): string {
  return STEP_WORDS[step] ?? metricOf(step as Parameters<typeof metricOf>[0]).words.noun;
}
