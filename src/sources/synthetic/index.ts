import { LabError } from '../../errors.js';
import { Random, seedState } from '../../random.js';
import { PAD_MEMBER_BYTES, Padder } from '../pad.js';
import { PullSource } from '../pull-source.js';
import type { Source, SourceItem, SourceOptions } from '../source.js';

const WELL_KNOWN = ['AAPL', 'MSFT', 'GOOG', 'AMZN', 'IBM'];

/**
 * Dollars. The walk turns back here, so that prices stay positive and messages keep their size
 * however long it runs.
 */
const LOWEST_PRICE = 1;
const HIGHEST_PRICE = 9_999;

/** Standard deviation of one tick's relative change: 5 cents on 100 dollars. */
const VOLATILITY = 0.0005;

const ROUND_LOT = 100;
const MOST_LOTS = 20;

/** JSON bytes of a tick besides its two numbers. */
const FRAME_BYTES = '{"price":,"volume":}'.length;

/**
 * Endless made-up trades, `{"price":219.68,"volume":100}`: a geometric random walk for each of
 * `options.symbols` symbols, in whole cents, volumes in round lots of 100. The first `symbols`
 * items visit each symbol once, so that a snapshot is complete from then on; after that chance
 * picks who trades next, or, `options.keyOrder` being `round-robin`, they take turns. The same seed gives the same items; memory is O(symbols).
 *
 * Padded (`options.sizeBytes`) to the exact size whenever the tick is not already longer: a gap too
 * small for a padding member is closed by zeros at the end of the volume.
 * @throws LAB_ERR_BAD_VALUE for any argument: it takes none
 */
export function openSynthetic(argument: string, options: SourceOptions): Promise<Source> {
  if (argument !== '') {
    const error = new LabError(
      'LAB_ERR_BAD_VALUE',
      `source synthetic takes no argument, got '${argument}'`,
      {
        option: 'source',
        value: `synthetic:${argument}`,
        hint: "write `source: 'synthetic'`, and choose the feed with `symbols`, `seed` and `sizeBytes`",
      },
    );
    return Promise.reject(error);
  }
  const begin = (): (() => SourceItem) => {
    const market = new Market(options);
    return () => market.nextTrade();
  };
  return Promise.resolve(new PullSource('synthetic', begin));
}

class Market {
  readonly #random: Random;
  readonly #padder: Padder;
  readonly #sizeBytes: number;
  readonly #symbols: string[];
  /** Dollars, unrounded: a step far below a cent must not be lost. */
  readonly #prices: Float64Array;
  readonly #isRoundRobin: boolean;
  #visited = 0;

  constructor(options: SourceOptions) {
    this.#random = new Random(seedState(options.seed));
    this.#padder = new Padder(options.sizeBytes, options.seed);
    this.#sizeBytes = options.sizeBytes;
    this.#isRoundRobin = options.keyOrder === 'round-robin';
    this.#symbols = Array.from({ length: options.symbols }, (_, index) => symbolName(index));
    this.#prices = Float64Array.from(
      { length: options.symbols },
      () => 20 + this.#random.nextInt(48_000) / 100,
    );
  }

  nextTrade(): SourceItem {
    const symbol = this.#pickSymbol();
    const price = Math.round(this.#stepPrice(symbol) * 100) / 100;
    const volume = ROUND_LOT * (1 + this.#random.nextInt(MOST_LOTS));
    const key = this.#symbols[symbol] ?? '';
    if (this.#sizeBytes === 0) return { key, value: { price, volume } };

    const bytes = FRAME_BYTES + String(price).length + String(volume).length;
    const gap = this.#sizeBytes - bytes;
    if (gap > 0 && gap < PAD_MEMBER_BYTES)
      return { key, value: { price, volume: volume * 10 ** gap } };
    if (gap <= 0) return { key, value: { price, volume } };
    // What `Padder.pad` would make of it, in a quarter of the time.
    return { key, value: { price, volume, pad: this.#padder.text(gap - PAD_MEMBER_BYTES) } };
  }

  #pickSymbol(): number {
    const { length } = this.#symbols;
    if (this.#visited < length) return this.#visited++;
    return this.#isRoundRobin ? this.#visited++ % length : this.#random.nextInt(length);
  }

  #stepPrice(symbol: number): number {
    const price = this.#prices[symbol] ?? LOWEST_PRICE;
    const next = nextPrice(price, 1 + VOLATILITY * this.#nearlyNormal());
    this.#prices[symbol] = next;
    return next;
  }

  /**
   * Mean 0, variance 1, never beyond ±3.47: the sum of four uniforms (Irwin–Hall). Only exact
   * operations: the logarithm of Box–Muller need not agree to the last bit between two engines.
   */
  #nearlyNormal(): number {
    const a = this.#random.nextUint32();
    const b = this.#random.nextUint32();
    const sum = (a >>> 16) + (a & 0xffff) + (b >>> 16) + (b & 0xffff);
    return (sum - 131_070) / 37_837.2;
  }
}

/** `price` times `factor`, or the mirrored step where that one would leave the bounds. */
export function nextPrice(price: number, factor: number): number {
  const moved = price * factor;
  return moved < LOWEST_PRICE || moved > HIGHEST_PRICE ? price / factor : moved;
}

/** AAPL, MSFT, GOOG, AMZN, IBM, S0006, S0007, … */
function symbolName(index: number): string {
  return WELL_KNOWN[index] ?? `S${String(index + 1).padStart(4, '0')}`;
}
