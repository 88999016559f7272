/** A server as a live page shows it: what it counts, second by second. */

import { formatBytes, formatCount, formatInteger } from '../../reports/format.js';
import { STATUS_ID } from '../../reports/html/live.js';
import type { LivePart, LiveState, TileModel } from '../../reports/html/view/live.js';
import type { ChartModel } from '../../reports/html/view/model.js';
import type { SlowClient } from '../../src/core/slowest.js';
import type { ServerStats } from '../../src/serve/stats.js';
import type { LiveSource, Replace } from './live.js';
import {
  lossTable,
  ratesOf,
  type ServeRates,
  slowestTable,
  transportTable,
} from './serve-tables.js';

/** Of the charts: ten minutes. */
const MOST_SECONDS = 600;
const MOST_SLOWEST = 10;

const SECTIONS = [
  { id: 'rates', title: 'Messages sent in each second' },
  { id: 'transports', title: 'Transports' },
  { id: 'losses', title: 'Lost and given up, by reason' },
  { id: 'slowest', title: 'Slowest clients' },
] as const;

/** What is told about: a server, or what a test says of one. */
export interface Watched {
  stats(): ServerStats;
  slowest(most: number): readonly SlowClient[];
}

interface Second {
  readonly at: number;
  readonly rates: ServeRates;
}

export class ServeSource implements LiveSource {
  readonly title: string;
  readonly facts: readonly string[];
  readonly sections: typeof SECTIONS = SECTIONS;
  readonly #server: Watched;
  readonly #seconds: Second[] = [];
  readonly #began: number;
  #before: ServerStats;
  #beforeMs: number;
  #state: LiveState = 'running';
  #said = '';

  /** @param nowMs of the clock that `refresh` is called by */
  constructor(server: Watched, source: string, urls: readonly string[], nowMs: number) {
    this.title = `lab serve: ${source}`;
    this.facts = urls;
    this.#server = server;
    this.#began = nowMs;
    this.#before = server.stats();
    this.#beforeMs = nowMs;
  }

  end(state: 'finished' | 'stopped', text: string): void {
    this.#state = state;
    this.#said = text;
  }

  refresh(replace: Replace, nowMs: number): void {
    const stats = this.#server.stats();
    const seconds = (nowMs - this.#beforeMs) / 1_000;
    // Of a shorter time a rate says nothing.
    const rates = seconds < 0.5 ? undefined : ratesOf(stats, this.#before, seconds);
    if (rates !== undefined) {
      this.#seconds.push({ at: Math.round((nowMs - this.#began) / 1_000), rates });
      if (this.#seconds.length > MOST_SECONDS) this.#seconds.shift();
      this.#before = stats;
      this.#beforeMs = nowMs;
    }
    const newest = this.#seconds.at(-1)?.rates;
    replace(STATUS_ID, () => this.#status(stats, newest));
    replace('rates', () => ({ kind: 'chart', chart: this.#chart }));
    replace('transports', () => ({ kind: 'table', table: transportTable(stats, newest) }));
    replace('losses', () => ({ kind: 'table', table: lossTable(stats, newest) }));
    replace('slowest', () => ({
      kind: 'table',
      table: slowestTable(this.#server.slowest(MOST_SLOWEST)),
    }));
  }

  #status(stats: ServerStats, rates: ServeRates | undefined): LivePart {
    const { notReady, source } = stats;
    const ready = notReady === undefined ? 'ready' : `not ready: ${notReady}`;
    const feed = source === undefined ? '' : ` · source ${source.name} ${source.state}`;
    const rejected = source?.rejected ?? 0;
    const refused =
      rejected === 0 ? '' : ` · ${formatInteger(rejected)} of its messages could not be published`;
    const text = this.#state === 'running' ? `${ready}${feed}${refused}` : this.#said;
    return { kind: 'status', state: this.#state, text, tiles: tilesOf(stats, rates) };
  }

  get #chart(): ChartModel | null {
    const newest = this.#seconds.at(-1);
    if (newest === undefined) return null;
    return {
      title: 'Messages sent in each second',
      x: {
        kind: 'seconds',
        label: 'seconds since the page was opened',
        at: this.#seconds.map(({ at }) => at),
      },
      y: { kind: 'per_s', label: 'messages' },
      series: newest.rates.transports.map(({ name }, i) => ({
        id: name,
        name,
        status: 'VALID',
        style: i,
        values: this.#seconds.map(({ rates }) => rates.transports[i]?.sentMessages ?? null),
      })),
    };
  }
}

function tilesOf(stats: ServerStats, rates: ServeRates | undefined): TileModel[] {
  const perSecond = (of: (rates: ServeRates) => number): number | null =>
    rates === undefined ? null : Math.round(of(rates));
  const tile = (label: string, text: string, hint: string): TileModel => ({ label, text, hint });
  return [
    tile(
      'clients',
      `${formatInteger(stats.clients)} of ${formatInteger(stats.maxClients)}`,
      'Subscribers now, of those that are let in',
    ),
    tile(
      'published/s',
      formatCount(perSecond(({ published }) => published)),
      'Messages of the feed',
    ),
    tile(
      'sent/s',
      formatCount(perSecond(({ sentMessages }) => sentMessages)),
      'Messages, summed over the subscribers',
    ),
    tile(
      'bytes/s',
      formatBytes(perSecond(({ sendBytes }) => sendBytes)),
      'Handed to the kernel, with the headers of the lab',
    ),
    tile(
      'lost/s',
      formatCount(perSecond(({ lost }) => lost)),
      'Messages that subscribers did not get, whatever the reason; conflated ones too',
    ),
    tile('backlog', formatCount(stats.backlog), 'Messages that wait, summed over the subscribers'),
  ];
}
