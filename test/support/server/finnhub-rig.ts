import { inspect } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { LabError } from '../../../src/errors.js';
import { endpointsAt } from '../../../src/sources/finnhub/endpoints.js';
import { DEFAULT_LIMITS } from '../../../src/sources/finnhub/limits.js';
import { FinnhubSource, type UpstreamStats } from '../../../src/sources/finnhub/source.js';
import { parseSymbols } from '../../../src/sources/finnhub/symbols.js';
import type { SourceItem } from '../../../src/sources/source.js';
import { FakeClock } from '../core/fake-clock.js';
import { FakeFinnhub, KEY, quoteOf } from './finnhub-fake.js';

/** Friday, 2 January 2026, 15:00 UTC: seconds, and µs as the source gives them. */
export const T = 1_767_366_000;
export const MICROS = 1_000_000;

/** What a quote with this price and time (s since 1970) is published as. */
export const quoteValue = (price: number, time: number) => ({
  price,
  change: 1.5,
  percent: 0.75,
  high: price + 2,
  low: price - 2,
  open: price - 1,
  previousClose: price - 1.5,
  time: time * MICROS,
});

/**
 * A source of a fake Finnhub on a clock that only the test moves; what it publishes is collected.
 */
export class FinnhubRig {
  readonly fake: FakeFinnhub;
  readonly clock = new FakeClock(T * MICROS);
  readonly source: FinnhubSource;
  readonly items: SourceItem[] = [];
  readonly notices: string[] = [];
  failure: unknown;
  ended = false;

  static async open(
    argument: string,
    prepare: (fake: FakeFinnhub) => void = () => {},
  ): Promise<FinnhubRig> {
    const fake = await FakeFinnhub.start();
    onTestFinished(() => fake.stop());
    fake.quotes.set('AAPL', quoteOf(200, T - 10));
    fake.quotes.set('MSFT', quoteOf(400, T - 10));
    prepare(fake);
    const rig = new FinnhubRig(fake, argument);
    onTestFinished(() => rig.source.close());
    let done = false;
    const opened = rig.source.open().finally(() => {
      done = true;
    });
    // Whatever comes of it is thrown below.
    opened.catch(() => {});
    // The first call goes out at once, but by the clock.
    rig.clock.advance(0);
    await rig.quiet();
    await rig.until(() => done);
    await opened;
    void rig.#collect();
    return rig;
  }

  constructor(fake: FakeFinnhub, argument: string) {
    this.fake = fake;
    this.source = new FinnhubSource({
      wanted: parseSymbols(argument),
      key: KEY,
      endpoints: endpointsAt(fake.url),
      clock: this.clock,
      limits: { ...DEFAULT_LIMITS, backoff: { ...DEFAULT_LIMITS.backoff, random: () => 0.5 } },
      onNotice: (notice) => this.notices.push(notice),
      sizeBytes: 0,
      seed: 1,
    });
  }

  get stats(): UpstreamStats {
    return this.source.stats();
  }

  /** Errors that happened, by kind. */
  get errors(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.stats.upstreamErrors).filter(([, times]) => times > 0),
    );
  }

  valuesOf(key: string): unknown[] {
    return this.items.filter((item) => item.key === key).map(({ value }) => value);
  }

  /**
   * Lets time pass, step by step, and every call of a step come back before the next, until `met`.
   */
  async until(met: () => boolean, stepMs = 500): Promise<void> {
    for (let steps = 0; !met(); steps++) {
      if (steps > 1_000) throw new Error(`in vain: ${inspect([this.stats, this.items])}`);
      this.clock.advance(stepMs);
      await this.quiet();
    }
  }

  /** Until every call has reached the other end and every answer this one. */
  async quiet(): Promise<void> {
    await expect.poll(() => this.fake.calls.length, { interval: 1 }).toBe(this.stats.upstreamCalls);
    await expect.poll(() => this.fake.answering, { interval: 1 }).toBe(0);
    for (let turn = 0; turn < 20; turn++)
      await new Promise<void>((resolve) => setImmediate(resolve));
  }

  async streaming(): Promise<void> {
    await expect.poll(() => this.stats.streaming).toBe(true);
  }

  async #collect(): Promise<void> {
    try {
      for await (const item of this.source) this.items.push(item);
      this.ended = true;
    } catch (error) {
      this.failure = error;
    }
  }
}

/** What `open` of a source throws. */
export async function refusal(
  argument: string,
  prepare: (fake: FakeFinnhub) => void,
): Promise<LabError> {
  const error = await FinnhubRig.open(argument, prepare).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LabError) return error;
  throw new Error(`not refused: ${inspect(error)}`);
}
