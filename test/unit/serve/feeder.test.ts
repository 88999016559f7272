import { describe, expect, it } from 'vitest';
import { LabError } from '../../../src/errors.js';
import { Feeder, type SourceLike } from '../../../src/serve/feeder.js';
import { type LogFields, type ServerLog, SILENT } from '../../../src/serve/log.js';
import type { PaceOptions } from '../../../src/serve/pace.js';
import type { SourceItem } from '../../../src/sources/source.js';
import { FakeClock } from '../../support/core/fake-clock.js';
import { ListSource, numbered, settled } from '../../support/source/list-source.js';

const LIVE: PaceOptions = { rate: undefined, speed: undefined, live: true };
const HOUR_MS = 3_600_000;

interface Stage {
  readonly clock: FakeClock;
  readonly feeder: Feeder;
  /** Values published so far. */
  readonly published: unknown[];
  readonly warnings: [LogFields, string][];
  readonly run: Promise<void>;
}

/** A feeder at work on a fake clock. `refuse` makes the broadcast refuse a value. */
function stage(
  source: SourceLike,
  pace: PaceOptions,
  refuse: (value: unknown) => boolean = () => false,
): Stage {
  const clock = new FakeClock();
  const published: unknown[] = [];
  const warnings: [LogFields, string][] = [];
  const log: ServerLog = { ...SILENT, warn: (...line) => warnings.push(line) };
  const broadcast = {
    publish: (_key: string, value: unknown): number => {
      if (refuse(value)) throw new LabError('LAB_ERR_MESSAGE_TOO_LARGE', 'no');
      return published.push(value);
    },
  };
  const feeder = new Feeder({ broadcast, clock, source, pace, log });
  return { clock, feeder, published, warnings, run: feeder.run() };
}

/** Lets `ms` pass, and what waits for promises go on in between. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  await settled();
  clock.advance(ms);
  await settled();
}

describe('a feeder', () => {
  it('publishes each item when it is due, and ends with the source', async () => {
    const { clock, feeder, published, run } = stage(new ListSource(numbered(3)), {
      ...LIVE,
      rate: 10,
    });
    await pass(clock, 0);
    expect(published).toEqual([1]);
    await pass(clock, 99);
    expect(published).toEqual([1]);
    await pass(clock, 1);
    expect(published).toEqual([1, 2]);
    await pass(clock, 100);
    await run;
    expect(published).toEqual([1, 2, 3]);
    expect([feeder.state, feeder.counters]).toEqual([
      'ended',
      { items: 3, rejected: 0, errors: 0 },
    ]);
  });

  it('waits for an item that is due in a month, says so, and does not overflow its timers', async () => {
    const month = 31 * 24 * HOUR_MS;
    const items: SourceItem[] = [
      { key: 'k', value: 1, time: 0 },
      { key: 'k', value: 2, time: month * 1_000 },
    ];
    const { clock, published, warnings, feeder } = stage(new ListSource(items), {
      ...LIVE,
      live: false,
    });
    for (let hour = 0; hour < 31 * 24; hour++)
      await pass(clock, hour === 0 ? HOUR_MS - 1 : HOUR_MS);
    expect(published).toEqual([1]);
    await pass(clock, 1);
    expect(published).toEqual([1, 2]);
    expect(warnings).toEqual([[{ wait_s: month / 1_000 }, expect.stringContaining('`speed`')]]);
    await feeder.stop();
    expect(clock.pending).toBe(0);
  });

  it('leaves out what the broadcast refuses and what is not an item, and counts it', async () => {
    const items = [...numbered(3), null, 'text', { key: 'k', value: 4 }] as SourceItem[];
    const { feeder, published, run } = stage(new ListSource(items), LIVE, (value) => value === 2);
    await run;
    expect(published).toEqual([1, 3, 4]);
    expect(feeder.counters).toEqual({ items: 6, rejected: 3, errors: 0 });
    expect(feeder.lastRejection?.code).toBe('LAB_ERR_MESSAGE_INVALID');
    expect(feeder.state).toBe('ended');
  });

  it('keeps the error of a source that throws, as its own or as LAB_ERR_SOURCE_FAILED', async () => {
    async function* broken(error: Error): AsyncGenerator<SourceItem> {
      yield { key: 'k', value: 1 };
      throw error;
    }
    for (const [error, code] of [
      [new Error('line cut'), 'LAB_ERR_SOURCE_FAILED'],
      [new LabError('LAB_ERR_SOURCE_MALFORMED', 'x'), 'LAB_ERR_SOURCE_MALFORMED'],
    ] as const) {
      const { feeder, published, run } = stage(broken(error), LIVE);
      await run;
      expect(published).toEqual([1]);
      expect([feeder.state, feeder.failure?.code, feeder.counters.errors]).toEqual([
        'failed',
        code,
        1,
      ]);
    }
  });

  it('stopped while it waits for the time or for the source, publishes nothing more', async () => {
    const paced = stage(new ListSource(numbered(5)), { ...LIVE, rate: 1 });
    await pass(paced.clock, 0);
    await paced.feeder.stop();
    await pass(paced.clock, 60_000);
    expect(paced.published).toEqual([1]);
    expect([paced.feeder.state, paced.clock.pending]).toEqual(['stopped', 0]);

    let give: (item: SourceItem) => void = () => {};
    const slow: SourceLike = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise((resolve) => {
            give = (value) => resolve({ done: false, value });
          }),
      }),
    };
    const waiting = stage(slow, LIVE);
    await settled();
    await waiting.feeder.stop();
    give({ key: 'k', value: 'late' });
    await settled();
    expect(waiting.published).toEqual([]);
  });

  it('lets others have the event loop while a source is always ready', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<SourceItem> {
      for (;;) yield { key: 'k', value: given++ };
    }
    const { clock, feeder } = stage(endless(), LIVE, () => {
      clock.spend(500);
      return false;
    });
    await settled();
    // 2 ms of publishing, then it waits for its turn.
    expect(given).toBeLessThan(10);
    const before = given;
    await pass(clock, 0);
    expect(given).toBeGreaterThan(before);
    await feeder.stop();
  });

  it('tells silence of the source from its own waiting', async () => {
    const { clock, feeder } = stage(new ListSource(numbered(2)), { ...LIVE, rate: 1 });
    await pass(clock, 400);
    expect([feeder.silence, feeder.age]).toEqual([0, 400_000]);
    await feeder.stop();

    const silent: SourceLike = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    };
    const owing = stage(silent, LIVE);
    await pass(owing.clock, 5_000);
    expect([owing.feeder.silence, owing.feeder.age]).toEqual([5e6, undefined]);
  });

  it('is not harmed by a source whose own figures throw', () => {
    const source: SourceLike = {
      ...new ListSource([]),
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
      stats: () => {
        throw new Error('no');
      },
    };
    expect(stage(source, LIVE).feeder.upstream).toBeUndefined();
  });

  it.each<[unknown, unknown]>([
    [{ upstreamErrors: null, reconnects: 2 }, { reconnects: 2 }],
    [
      { upstreamErrors: { timeout: 3, server: Number.NaN, other: -1 } },
      { upstreamErrors: { timeout: 3 } },
    ],
    [
      { upstreamCalls: -1, dropped: Number.POSITIVE_INFINITY, skipped: '7', stale: 2n, items: 0 },
      { items: 0 },
    ],
    [{ missing: 'AAPL', streaming: 1, lastGoodAt: null }, { lastGoodAt: null }],
    [null, {}],
    ['all well', {}],
    [undefined, undefined],
  ])('believes of the figures %o what can be', (said, believed) => {
    const source = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
      stats: () => said,
    } as SourceLike;
    expect(stage(source, LIVE).feeder.upstream).toEqual(believed);
  });
});
