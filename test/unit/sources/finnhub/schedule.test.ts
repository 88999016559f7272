import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../../src/sources/finnhub/backoff.js';
import { Pacer } from '../../../../src/sources/finnhub/rest/pacer.js';
import { Poller } from '../../../../src/sources/finnhub/rest/poller.js';
import { limitWaitMs } from '../../../../src/sources/finnhub/rest/rate-limit.js';
import type { Answer } from '../../../../src/sources/finnhub/rest/rest.js';
import { FakeClock } from '../../../support/core/fake-clock.js';
import { settled } from '../../../support/source/list-source.js';

const GOOD: Answer = {
  result: { price: 1, change: 0, percent: 0, high: 1, low: 1, open: 1, previousClose: 1, time: 1 },
};

/** A poller of a fake upstream on a fake clock; its calls as `[ms since the start, symbol]`. */
class Rig {
  readonly clock = new FakeClock();
  readonly #start = this.clock.now();
  readonly pacer: Pacer;
  readonly poller: Poller;
  readonly calls: [number, string][] = [];

  constructor(
    symbols: number,
    answer: (symbol: string, call: number) => Answer | undefined = () => GOOD,
  ) {
    const names = Array.from({ length: symbols }, (_, index) => `S${index}`);
    this.pacer = new Pacer(symbols, 5_000, 60);
    this.poller = new Poller({
      symbols: names,
      clock: this.clock,
      pacer: this.pacer,
      backoff: { firstMs: 1_000, longestMs: 60_000, random: () => 0.5 },
      ask: (symbol) => {
        const result = answer(symbol, this.calls.length);
        this.calls.push([Math.round((this.clock.now() - this.#start) / 1_000), symbol]);
        return result === undefined ? new Promise(() => {}) : Promise.resolve(result);
      },
      onAnswer: () => {},
    });
  }

  async run(seconds: number): Promise<void> {
    this.clock.advance(0);
    await settled();
    for (let ms = 0; ms < seconds * 1_000; ms += 250) {
      this.clock.advance(250);
      await settled();
    }
  }

  /** Calls of one symbol, ms since the start. */
  of(symbol: string): number[] {
    return this.calls.filter(([, name]) => name === symbol).map(([at]) => at);
  }

  /** The most calls in any minute, both ends not included. */
  get busiestMinute(): number {
    const times = this.calls.map(([at]) => at);
    return Math.max(
      ...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length),
    );
  }
}

describe('rounds over the symbols', () => {
  it('one symbol is asked for every 5 s', async () => {
    const rig = new Rig(1);
    rig.poller.rounds();
    await rig.run(21);
    expect(rig.of('S0')).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
  });

  it('three are spread evenly over the 5 s, in turn', async () => {
    const rig = new Rig(3);
    rig.poller.rounds();
    await rig.run(9);
    const expected = [0, 1_667, 3_333, 5_000, 6_667, 8_333];
    rig.calls.forEach(([at, symbol], index) => {
      expect(symbol).toBe(`S${index % 3}`);
      // Timers are whole milliseconds, and never early.
      expect(at - expected[index]!).toBeGreaterThanOrEqual(0);
      expect(at - expected[index]!).toBeLessThanOrEqual(index + 1);
    });
    expect(rig.calls).toHaveLength(6);
  });

  it.each([6, 10, 50])(
    '%i stretch the round: one call a second, 60 a minute, each in turn',
    async (symbols) => {
      const rig = new Rig(symbols);
      rig.poller.rounds();
      await rig.run(130);
      expect(rig.calls.slice(0, 130).map(([at]) => at)).toEqual(
        Array.from({ length: 130 }, (_, n) => n * 1_000),
      );
      expect(rig.calls.every(([, symbol], n) => symbol === `S${n % symbols}`)).toBe(true);
      expect(rig.busiestMinute).toBe(60);
    },
  );

  it('retries come after half of 1, 2, 4 … s, and the budget holds whatever fails', async () => {
    const one = new Rig(1, (_, call) => (call < 4 ? { result: 'server' } : GOOD));
    one.poller.rounds();
    await one.run(15);
    // The spacing of the budget is a second, so the first retry waits for it; then its places in
    // the round go on.
    expect(one.of('S0')).toEqual([0, 1_000, 2_000, 4_000, 8_000, 10_000, 15_000]);

    const all = new Rig(20, () => ({ result: 'network' }));
    all.poller.rounds();
    await all.run(180);
    expect(all.busiestMinute).toBeLessThanOrEqual(60);
    for (let n = 0; n < 20; n++) expect(all.of(`S${n}`).length).toBeGreaterThan(2);
  });

  it('a symbol that fails for ever is asked for ever more rarely', async () => {
    const rig = new Rig(2, (symbol) => (symbol === 'S0' ? { result: 'malformed' } : GOOD));
    rig.poller.rounds();
    await rig.run(600);
    const gaps = rig.of('S0').map((at, index, all) => at - (all[index - 1] ?? at));
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(30_000);
    expect(gaps.at(-1)).toBeLessThan(35_001);
  });

  const FAILURES = {
    'fails for ever': () => ({ result: 'server' }),
    'fails every other time': (call: number) => (call % 2 === 0 ? { result: 'network' } : GOOD),
    'asks to wait': () => ({ result: 'server', waitMs: 40_000 }),
    'is unknown': () => ({ result: 'unknown_symbol' }),
    'is unsupported': () => ({ result: 'unsupported' }),
    'is refused': () => ({ result: 'unauthorized' }),
    'hangs for ever': () => undefined,
  } as const satisfies Record<string, (call: number) => Answer | undefined>;

  it.each(
    [2, 3, 5, 12].flatMap((symbols) => Object.keys(FAILURES).map((how) => [symbols, how] as const)),
  )('of %i symbols one that %s delays no other', async (symbols, how) => {
    const fails = FAILURES[how as keyof typeof FAILURES];
    let failed = 0;
    const rig = new Rig(symbols, (symbol) => (symbol === 'S1' ? fails(failed++) : GOOD));
    rig.poller.rounds();
    const seconds = 300;
    await rig.run(seconds);
    const roundMs = Math.max(5_000, symbols * 1_000);
    for (let n = 0; n < symbols; n++) {
      if (n === 1) continue;
      const gaps = rig.of(`S${n}`).map((at, index, all) => at - (all[index - 1] ?? at - roundMs));
      // Timers are whole milliseconds, and the clock of this test goes on in steps of 250.
      expect(Math.max(...gaps)).toBeLessThanOrEqual(roundMs + 250);
      expect(gaps.length).toBeGreaterThanOrEqual(Math.floor((seconds * 1_000) / roundMs) - 1);
    }
    expect(rig.busiestMinute).toBeLessThanOrEqual(60);
    if (how === 'is unsupported') expect(rig.of('S1')).toHaveLength(1);
    else if (how !== 'hangs for ever') expect(rig.of('S1').length).toBeGreaterThan(3);
  });

  it('a symbol that is unsupported stays so when all are asked for again', async () => {
    const rig = new Rig(2, (symbol) => (symbol === 'S0' ? { result: 'unsupported' } : GOOD));
    rig.poller.snapshot();
    await rig.run(10);
    rig.poller.rounds();
    rig.poller.snapshot();
    await rig.run(30);
    expect(rig.of('S0')).toHaveLength(1);
    expect(rig.of('S1').length).toBeGreaterThan(1);
  });

  it('a call that hangs keeps its own symbol waiting and no other', async () => {
    const rig = new Rig(2, (symbol) => (symbol === 'S0' ? undefined : GOOD));
    rig.poller.rounds();
    await rig.run(60);
    expect(rig.of('S0')).toEqual([0]);
    expect(rig.of('S1').length).toBeGreaterThanOrEqual(11);
  });

  it('after a standstill nothing is caught up in a burst', async () => {
    const rig = new Rig(3);
    rig.poller.rounds();
    await rig.run(5);
    rig.clock.spend(120e6);
    await rig.run(6);
    const late = rig.calls.map(([at]) => at).filter((at) => at >= 120_000);
    const gaps = late.slice(1).map((at, index) => at - late[index]!);
    expect(gaps.length).toBeGreaterThan(1);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(1_666);
  });

  it('an unknown symbol is asked for once a minute', async () => {
    const rig = new Rig(1, () => ({ result: 'unknown_symbol' }));
    rig.poller.rounds();
    await rig.run(125);
    expect(rig.of('S0')).toEqual([0, 60_000, 120_000]);
  });
});

describe('what upstream asks for', () => {
  it('a wait holds back every symbol, and the one that met it goes first', async () => {
    const rig = new Rig(2, (_, call) =>
      call === 1 ? { result: 'rate_limited', waitMs: 20_000 } : GOOD,
    );
    rig.poller.rounds();
    await rig.run(30);
    expect(rig.calls.slice(0, 4)).toEqual([
      [0, 'S0'],
      [2_500, 'S1'],
      [22_500, 'S1'],
      [25_000, 'S0'],
    ]);
    expect(rig.pacer.waits).toBe(1);
  });

  it('a 429 that says nothing is backed off from, longer each time', async () => {
    const rig = new Rig(1, () => ({ result: 'rate_limited' }));
    rig.poller.rounds();
    await rig.run(120);
    const gaps = rig.of('S0').map((at, index, all) => at - (all[index - 1] ?? at));
    expect(gaps.slice(1)).toEqual([5_000, 5_000, 5_000, 5_000, 8_000, 16_000, 30_000, 30_000]);
  });
});

describe('a snapshot', () => {
  it('asks once for each symbol, until it is answered, and then rests', async () => {
    const rig = new Rig(3, (symbol, call) =>
      symbol === 'S1' && call < 2 ? { result: 'timeout' } : GOOD,
    );
    rig.poller.snapshot();
    await rig.run(60);
    expect(rig.of('S0')).toHaveLength(1);
    expect(rig.of('S1')).toHaveLength(2);
    expect(rig.of('S2')).toHaveLength(1);
    expect(rig.clock.pending).toBe(0);
    rig.poller.rounds();
    await rig.run(11);
    expect(rig.of('S0').length).toBeGreaterThan(2);
  });

  it('stop leaves no timer', () => {
    const rig = new Rig(3);
    rig.poller.rounds();
    rig.poller.stop();
    rig.poller.rounds();
    expect(rig.clock.pending).toBe(0);
  });
});

describe('the pacer', () => {
  it('lengthens a wait, never shortens it, and counts it once', () => {
    const pacer = new Pacer(1, 5_000, 60);
    expect(pacer.earliest(false)).toBe(Number.NEGATIVE_INFINITY);
    pacer.called(0);
    expect([pacer.earliest(true), pacer.earliest(false)]).toEqual([1e6, 5e6]);
    pacer.block(0, 9e6);
    pacer.block(1e6, 7e6);
    pacer.block(2e6, 10e6);
    expect([pacer.earliest(true), pacer.waits]).toEqual([10e6, 1]);
    pacer.block(11e6, 12e6);
    expect(pacer.waits).toBe(2);
  });
});

describe('full jitter', () => {
  it.each([
    [1, 0, 0],
    [1, 0.5, 500],
    [3, 0.5, 2_000],
    [7, 0.999, 59_940],
    [2_000, 0.5, 30_000],
  ])('of failure %i at chance %f is %i ms', (failures, chance, expected) => {
    expect(
      backoffMs({ firstMs: 1_000, longestMs: 60_000, random: () => chance }, failures),
    ).toBeCloseTo(expected, 6);
  });
});

describe('the headers of a rate limit', () => {
  const now = 1_700_000_000_000_000;
  const date = new Date(1_600_000_000_000).toUTCString();

  it.each([
    [200, {}, undefined],
    [200, { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '1700000030' }, undefined],
    [200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000030' }, 30_000],
    [429, { 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': '1700000030' }, 30_000],
    [429, { 'x-ratelimit-reset': '1600000012', date }, 12_000],
    [429, { 'x-ratelimit-reset': '1600000012' }, undefined],
    [429, { 'x-ratelimit-reset': '1700000030', 'retry-after': '45' }, 45_000],
    [429, { 'x-ratelimit-reset': '1700000030', 'retry-after': '5' }, 30_000],
    [503, { 'retry-after': new Date(1_600_000_007_000).toUTCString(), date }, 7_000],
    [429, { 'retry-after': 'soon', 'x-ratelimit-reset': 'never' }, undefined],
    [429, { 'retry-after': '99999999999' }, 300_000],
    [429, { 'x-ratelimit-reset': '1700000030000' }, 300_000],
    [429, { 'retry-after': ['1', '2'] }, undefined],
  ])('%i with %o asks to wait %s ms', (status, headers, expected) => {
    expect(limitWaitMs(status, headers, now)).toBe(expected);
  });
});
