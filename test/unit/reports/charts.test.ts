import { describe, expect, test } from 'vitest';
import { logTicks, spreadOut } from '../../../reports/charts/axes.js';
import { percentileCurve } from '../../../reports/charts/percentiles.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { makeCell } from '../../support/result/cell-factory.js';
import { makeLatency } from '../../support/result/latency-factory.js';
import { LEDGER_OPEN, makeMatrix, makeResult } from '../../support/result/result-factory.js';

/**
 * Checks that tags balance, attributes are quoted and no character is a stray: enough of XML for
 * what the charts use.
 */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  let end = 0;
  for (const match of svg.matchAll(/<(\/?)([a-z]+)((?: [a-zA-Z\d:-]+="[^"<]*")*)(\/?)>/g)) {
    assertText(svg.slice(end, match.index));
    assertText(match[3]!);
    if (match[1] === '/') expect(open.pop()).toBe(match[2]);
    else if (match[4] === '') open.push(match[2]!);
    end = match.index + match[0].length;
  }
  expect(svg.slice(end)).toBe('\n');
  expect(open).toEqual([]);
}

function assertText(text: string): void {
  expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|apos);)/);
  expect(text).not.toMatch(/NaN|Infinity|undefined/);
}

const filesOf = (result: Parameters<typeof renderReport>[0]): Map<string, string> =>
  renderReport(result).files;

describe('the charts', () => {
  test('are well-formed, even with markup, control characters and half a surrogate pair in a name', () => {
    const hostile = makeCell({ transport: '</text>&"\'\u0007\ud800', codec: '<script>' });
    for (const svg of [
      ...filesOf(makeMatrix()).values(),
      ...filesOf(makeResult([hostile])).values(),
    ]) {
      assertWellFormed(svg);
      expect(svg).not.toContain('<script');
    }
  });

  test('have a title, a description and their own white card', () => {
    for (const svg of filesOf(makeMatrix()).values()) {
      expect(svg).toMatch(/<title id="title">.+<\/title>\n<desc id="desc">.+<\/desc>/);
      expect(svg).toContain('fill="#ffffff"');
    }
  });

  test('say ✘ INVALID wherever they name an INVALID cell, and draw it grey', () => {
    for (const svg of filesOf(makeResult([makeCell({ reasons: [LEDGER_OPEN] })])).values()) {
      expect(svg).toContain('✘ INVALID');
      expect(svg).toContain('stroke="#8a929a"');
      expect(svg).not.toContain('stroke="#0072b2"');
    }
  });

  test('never draw two pairs alike: colour and dash pattern both differ', () => {
    const codecs = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const svg = filesOf(makeResult(codecs.map((codec) => makeCell({ codec, seconds: 1 })))).get(
      'latency.svg',
    )!;
    const styles = [
      ...svg.matchAll(
        /<path [^>]*stroke="(#\w+)" stroke-width="[\d.]+" stroke-dasharray="([^"]+)"/g,
      ),
    ];
    expect(new Set(styles.map((match) => match[1])).size).toBe(8);
    expect(new Set(styles.map((match) => match[2])).size).toBe(8);
  });

  test('are split when a workload has more than eight cells, and every cell is in one', () => {
    const codecs = Array.from({ length: 11 }, (_, i) => `codec${i}`);
    const files = filesOf(makeResult(codecs.map((codec) => makeCell({ codec, seconds: 1 }))));
    expect([...files.keys()].filter((name) => /\d/.test(name)).sort()).toEqual([
      'latency-1.svg',
      'latency-2.svg',
      'series-1.svg',
      'series-2.svg',
    ]);
    const drawn = [...files].filter(([name]) => name.startsWith('latency')).map(([, svg]) => svg);
    for (const codec of codecs)
      expect(drawn.filter((svg) => svg.includes(`>tcp/${codec}<`))).toHaveLength(1);
  });

  test('put a sweep of one pair into one picture', () => {
    const cells = [10, 20, 40].map((clients) => makeCell({ clients, seconds: 1 }));
    expect([...filesOf(makeResult(cells)).keys()]).toEqual(
      ['scaling-clients', 'latency', 'completion', 'staleness', 'stages', 'series'].map(
        (name) => `${name}.svg`,
      ),
    );
  });

  test('draw a long run in groups of seconds', () => {
    const series = Array.from({ length: 3000 }, (_, second) => ({
      second,
      published: 10,
      delivered: 1000,
      p50_us: 5,
      p99_us: second === 1234 ? 90_000 : 10,
      max_us: 90_000,
    }));
    const svg = filesOf(makeResult([makeCell({}, { series })])).get('series.svg')!;
    expect(svg).toContain('worst p99 latency in 5 seconds');
    expect(svg.length).toBeLessThan(60_000);
  });
});

describe('the series chart', () => {
  const second = (at: number, delivered: number) => ({
    second: at,
    published: at < 2 ? 10 : 0,
    delivered,
    p50_us: 5,
    p99_us: 10,
    max_us: 10,
  });
  const chartOf = (tail: number, incomplete = false): string => {
    const delivered = 2_000 + tail;
    const series = [second(0, 1_000), second(1, 1_000), second(2, tail)];
    return filesOf(makeResult([makeCell({ seconds: 2 }, { series, delivered, incomplete })])).get(
      'series.svg',
    )!;
  };
  const axis = (svg: string): boolean => svg.includes('>2 s<');

  test('leaves out the few deliveries after the window, which are not a second of load', () => {
    expect(axis(chartOf(20))).toBe(false);
  });

  test('shows a drain that took a real share of the deliveries, and all of an incomplete cell', () => {
    expect([axis(chartOf(500)), axis(chartOf(20, true))]).toEqual([true, true]);
  });
});

describe('the percentile curve', () => {
  test('ends at the last percentile with ten samples beyond it', () => {
    expect(percentileCurve(makeLatency(5000, 900)).at(-1)!.x).toBe(500);
  });

  test('passes through the printed percentiles', () => {
    const latency = makeLatency(200_000, 900);
    const curve = percentileCurve(latency);
    expect(curve[0]).toEqual({ x: 2, micros: latency.p50 });
    const before = curve.filter(({ x }) => x <= 100).at(-1)!;
    const after = curve.find(({ x }) => x >= 100)!;
    expect(before.micros).toBeLessThanOrEqual(latency.p99!);
    expect(after.micros).toBeGreaterThanOrEqual(latency.p99!);
  });

  test('falls back to the printed percentiles when the histogram is absent, damaged or of other data', () => {
    const latency = makeLatency(2000, 900);
    const printed = [
      { x: 2, micros: latency.p50 },
      { x: 10, micros: latency.p90 },
      { x: 100, micros: latency.p99 },
    ];
    const bad = [
      null,
      'garbage',
      makeLatency(1999, 900).hdr,
      makeLatency(2000, 90).hdr,
      'A'.repeat(300_000),
    ];
    for (const hdr of bad) expect(percentileCurve({ ...latency, hdr })).toEqual(printed);
  });

  test('is empty when not even the median is supported', () => {
    expect(percentileCurve(makeLatency(19, 900))).toEqual([]);
  });
});

describe('axes', () => {
  test('ticks enclose the values in steps of 1, 2 and 5', () => {
    expect(logTicks(610, 15_600)).toEqual([500, 1000, 2000, 5000, 10_000, 20_000]);
    expect(logTicks(1000, 1000)).toEqual([1000, 2000]);
    expect(logTicks(3, 4_000_000)).toEqual([
      2, 10, 100, 1000, 10_000, 100_000, 1_000_000, 5_000_000,
    ]);
  });

  test('labels keep their distance, their order and their bounds', () => {
    expect(spreadOut([50, 10, 52], 20, 0, 100)).toEqual([50, 10, 70]);
    expect(spreadOut([98, 99, 100], 20, 0, 100)).toEqual([60, 80, 100]);
    expect(spreadOut([], 20, 0, 100)).toEqual([]);
  });
});
