import { describe, expect, it } from 'vitest';
import { observedServer, rangeOf } from '../../../../bench/cell/target-report.js';
import type { ObservedWindow } from '../../../../bench/workload/window.js';
import { publishedIn } from '../../../../bench/workload/window.js';
import { START, subscribersReport } from '../../../support/result/cell-record.js';

describe('the messages of an observed window', () => {
  it('are those between the newest that anybody saw before it and the newest that anybody saw of it', () => {
    const spans = [
      { before: 90, last: 120, isOver: true },
      { before: 97, last: 118, isOver: true },
      { before: 0, last: 0, isOver: false },
    ];
    expect(rangeOf(spans)).toEqual({ first: 98, last: 120 });
  });

  it('are none when nobody saw one', () => {
    expect(publishedIn(rangeOf([{ before: 50, last: 0, isOver: true }]))).toBe(0);
    expect(publishedIn(rangeOf([]))).toBe(0);
  });
});

describe('the server as it was seen', () => {
  const shift = 300;
  const from = START - shift;
  const window: ObservedWindow = {
    t0: START,
    start: START,
    end: START + 2e6,
    deadline: START + 5e6,
    stamps: { from, until: from + 2e6, clockShift: 0, mostAhead: Number.POSITIVE_INFINITY },
  };
  const at = (micros: number): number => from + micros;
  const reports = [
    subscribersReport({
      due: Float64Array.of(at(0), Number.NaN, Number.NaN, at(1_000_000)),
      delivered: 3,
    }),
    subscribersReport({
      due: Float64Array.of(at(0), at(999_999), Number.NaN, Number.NaN),
      deliveredBytes: 9,
    }),
  ];
  const observed = (endedAt: number | null) =>
    observedServer({ first: 11, last: 14 }, reports, window, shift, endedAt, 0);
  const [[server], merged] = observed(START + 1_400_000);

  it('has every stamp that any process has, as time after t0', () => {
    for (const { due } of merged) expect([...due]).toEqual([-shift, 999_699, Number.NaN, 999_700]);
  });

  it('published each message in the second of its stamp, what nobody received in that of the next one', () => {
    expect(server?.publishedPerSecond).toEqual([2, 2]);
  });

  it('published what came too late behind the last stamp in the second of that, and ended there', () => {
    const seen = (...stamps: number[]) => {
      const late = [subscribersReport({ due: Float64Array.from(stamps) })];
      const range = { first: 1, last: stamps.length };
      return observedServer(range, late, window, shift, null, 0)[0][0];
    };
    const late = seen(at(0), at(1_000_000), Number.NaN, Number.NaN);
    expect(late?.publishedPerSecond).toEqual([1, 3]);
    expect(late?.endedAt).toBe(START + 1_000_000);
    expect(seen(Number.NaN, Number.NaN)?.publishedPerSecond).toEqual([2]);
    expect(seen()?.publishedPerSecond).toEqual([]);
  });

  it('published the last one at its stamp, by our clock', () => {
    expect(server?.lastPublishedAt).toBe(START + 1_000_000);
  });

  it('ended its window when we did, or with its last message when it was gone before', () => {
    expect(server?.endedAt).toBe(START + 1_400_000);
    expect(observed(null)[0][0]?.endedAt).toBe(START + 1_000_000);
  });

  it('encoded messages as long as those received', () => {
    expect(server?.meanMessageBytes).toBe((197_000 + 9) / 2_003);
  });
});
