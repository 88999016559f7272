import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import {
  build,
  decodeFromCompressedBase64,
  type Histogram,
  HistogramLogReader,
  listTags,
} from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { encodeHistogram } from '../../../bench/record/hdr-encoding.js';
import { renderHgrm } from '../../../reports/export/hgrm.js';
import { renderHlog } from '../../../reports/export/hlog.js';
import { readProject } from '../../support/docs/docs.js';
import { makeCell, withStamps } from '../../support/result/cell-factory.js';
import { makeLatency } from '../../support/result/latency-factory.js';
import { LEDGER_OPEN, makeResult } from '../../support/result/result-factory.js';

const layout = {
  bitBucketSize: 64,
  lowestDiscernibleValue: 1,
  highestTrackableValue: 2 ** 31 - 1,
} as const;

const good = makeCell({ transport: 'tcp' }, { id: 'tcp/msgpack/c100/r1000/s128/d10000#1' });
const bad = makeCell(
  { transport: 'udp', dropped: 48_000, reasons: [LEDGER_OPEN] },
  { id: 'udp/msgpack/c100/r1000/s128/d10000#2', incomplete: true },
);
const silent = makeCell(
  {},
  {
    id: 'silent',
    delivered: 0,
    latency_us: makeLatency(0, 1),
    goodput: { messages_per_s: 0, bytes_per_s: 0 },
  },
);
const result = makeResult([good, bad, silent]);

describe('the encoding of a histogram', () => {
  it('has no index offset and the ratio 1.0, as the V2 format defines them for plain histograms', () => {
    const histogram = build(layout);
    histogram.recordValue(1_000);
    const bytes = Buffer.from(encodeHistogram(histogram), 'base64');
    expect(bytes.readUInt32BE(0)).toBe(0x1c849314);
    expect(bytes.readInt32BE(4)).toBe(bytes.length - 8);
    const plain = inflateSync(bytes.subarray(8));
    expect(plain.readUInt32BE(0)).toBe(0x1c849313);
    expect(plain.readInt32BE(4)).toBe(plain.length - 40);
    expect([plain.readInt32BE(8), plain.readInt32BE(12)]).toEqual([0, 3]);
    expect([plain.readBigInt64BE(16), plain.readBigInt64BE(24)]).toEqual([1n, 2_147_483_647n]);
    expect(plain.readDoubleBE(32)).toBe(1);
    // ZigZag LEB128: −1000 zero counts, then a count of 1.
    expect([...plain.subarray(40)]).toEqual([0xcf, 0x0f, 0x02]);
  });

  it('keeps every count', () => {
    const recorded = fc.array(
      fc.tuple(fc.nat({ max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 2 ** 40 })),
      {
        maxLength: 50,
      },
    );
    fc.assert(
      fc.property(recorded, (values) => {
        const histogram = build(layout);
        for (const [value, count] of values) histogram.recordValueWithCount(value, count);
        const again = decodeFromCompressedBase64(encodeHistogram(histogram), 64);
        expect(again.totalCount).toBe(histogram.totalCount);
        const table = (one: Histogram): string[] =>
          one
            .outputPercentileDistribution()
            .split('\n')
            .filter((line) => !line.startsWith('#[Max'));
        expect(table(again)).toEqual(table(histogram));
      }),
      { numRuns: 25 },
    );
  });
});

describe('the histogram log', () => {
  const text = renderHlog(result);
  const lines = text.split('\n');

  it('has the head and the fields of format 1.3, and no empty line but the end', () => {
    expect(lines).toContain('#[Histogram log format version 1.3]');
    expect(lines).toContain(
      '#[StartTime: 1795290000.000 (seconds since epoch), 2026-11-21T19:40:00.000Z]',
    );
    expect(lines).toContain(
      '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    );
    expect(lines.indexOf('')).toBe(lines.length - 1);
    const intervals = lines.filter((line) => line.startsWith('Tag='));
    expect(intervals).toHaveLength(2);
    for (const line of intervals) {
      expect(line).toMatch(/^Tag=[^, ]+,\d+\.\d{3},\d+\.\d{3},\d+\.\d{3},HIST[\w+/]+=*$/);
    }
  });

  it('gives a reader the histogram of each cell under its id, one after the other', () => {
    expect(listTags(text)).toEqual([good.id, bad.id]);
    const reader = new HistogramLogReader(text, 64);
    const started = Date.parse(result.startedAt);
    for (const [i, cell] of [good, bad].entries()) {
      const interval = reader.nextIntervalHistogram()!;
      expect(interval.tag).toBe(cell.id);
      expect(interval.totalCount).toBe(cell.latency_us.count);
      expect(interval.getValueAtPercentile(99)).toBe(cell.latency_us.p99);
      expect(interval.startTimeStampMsec).toBe(started + i * 10_000);
      expect(interval.endTimeStampMsec - interval.startTimeStampMsec).toBe(10_000);
    }
    expect(reader.nextIntervalHistogram()).toBeNull();
  });

  it('takes the length of an interval from the goodput, so that count ÷ length is the throughput', () => {
    const drained = makeCell({}, { goodput: { messages_per_s: 80_000, bytes_per_s: 1 } });
    expect(renderHlog(makeResult([drained]))).toContain(`Tag=${drained.id},0.000,12.500,`);
  });

  it('marks what is not VALID, what was cut short, and what has nothing to show', () => {
    expect(lines).toContain(`#[${bad.id}: INVALID LEDGER_UNBALANCED]`);
    expect(lines).toContain(`#[${bad.id}: cut short]`);
    expect(lines).toContain('#[silent: nothing was delivered]');
    const about = lines.filter((line) => line.startsWith(`#[${good.id}:`));
    expect(about).toEqual([expect.stringContaining('latency until the code of the client had it')]);
  });

  it('of a cell by arrival has receipt and instrument over the same stretch, under tags of their own', () => {
    const stamped = withStamps(good);
    const log = renderHlog(makeResult([stamped, bad]));
    const { id } = stamped;
    expect(listTags(log)).toEqual([id, `${id}/receipt`, `${id}/instrument`, bad.id]);
    expect(log).toContain(`#[${id}: latency until the kernel of the client had it]`);
    const reader = new HistogramLogReader(log, 64);
    const { latency_us, receipt_us, instrument_us } = stamped;
    const starts = [latency_us, receipt_us, instrument_us!].map(({ count, p99 }) => {
      const interval = reader.nextIntervalHistogram()!;
      expect([interval.totalCount, interval.getValueAtPercentile(99)]).toEqual([count, p99]);
      return interval.startTimeStampMsec;
    });
    expect(new Set(starts).size).toBe(1);
    expect([...renderHgrm(makeResult([stamped])).keys()]).toEqual([
      'tcp-msgpack-c100-r1000-s128-d10000-1.hgrm',
      'tcp-msgpack-c100-r1000-s128-d10000-1-receipt.hgrm',
      'tcp-msgpack-c100-r1000-s128-d10000-1-instrument.hgrm',
    ]);
  });

  it('keeps ids apart as tags, and lets none of them end a field or a line', () => {
    const ids = ['a b', 'a,b', 'a%20b', 'a\nb', 'a\u00a0b'];
    const hostile = makeResult(
      ids.map((id) => makeCell({ reasons: [LEDGER_OPEN] }, { id })),
      { command: 'lab run\nTag=x,0,0,0,y' },
    );
    const tags = listTags(renderHlog(hostile));
    expect(tags).toHaveLength(ids.length);
    expect(tags.map(decodeURIComponent)).toEqual(ids);
    expect(renderHlog(hostile)).not.toMatch(/^Tag=x/m);
  });
});

describe('the percentile distribution', () => {
  const files = renderHgrm(result);

  it('has a file per cell that delivered something, named after it', () => {
    expect([...files.keys()]).toEqual([
      'tcp-msgpack-c100-r1000-s128-d10000-1.hgrm',
      'udp-msgpack-c100-r1000-s128-d10000-2.hgrm',
    ]);
  });

  it("is what HdrHistogram's own Java tool makes of the histogram log", () => {
    const [name] = files.keys();
    const java = readProject('test/fixtures/hdrhistogram/java-2.2.2.hgrm')
      .split('\n')
      .slice(2)
      .join('\n');
    expect(java).toContain('#[Max     =');
    const [end, ...notes] = files.get(name!)!.slice(java.length).split('\n');
    expect(files.get(name!)!.slice(0, java.length)).toBe(java);
    expect(end).toBe(`#[${good.id}]`);
    expect(notes.filter((note) => note !== '')).toHaveLength(1);
  });

  it('counts, in every line, the values that are not above the value of the line', () => {
    const rows = [...files.values()][1]!.split('\n').filter((line) => /^ *\d/.test(line));
    const histogram = decodeFromCompressedBase64(bad.latency_us.hdr!, 64);
    expect(rows.length).toBeGreaterThan(50);
    for (const row of rows) {
      const [value = '', , count] = row.trim().split(/ +/);
      const upTo = Math.round(Number(value) * 1_000);
      expect(
        histogram.getValueAtPercentile((100 * Number(count)) / histogram.totalCount),
        row,
      ).toBe(upTo);
    }
  });

  it('ends with what the cell is and what stands against it', () => {
    const [, text] = files.values();
    expect(text!.trimEnd().split('\n').slice(-4)).toEqual([
      `#[${bad.id}]`,
      expect.stringContaining('latency until the code of the client had it'),
      '#[INVALID LEDGER_UNBALANCED]',
      '#[cut short]',
    ]);
  });

  it('never leaves its directory and never shares a file, whatever a cell is called', () => {
    const ids = ['../../etc/passwd', '..-..-etc-passwd', 'a\u0000b', '/'];
    const names = [...renderHgrm(makeResult(ids.map((id) => makeCell({}, { id })))).keys()];
    expect(new Set(names).size).toBe(ids.length);
    for (const name of names) expect(name).toMatch(/^[\w.-]+\.hgrm$/);
  });
});
