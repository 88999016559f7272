import { describe, expect, test } from 'vitest';
import { summarize } from '../../../reports/text/summary.js';
import { makeCell } from '../../support/result/cell-factory.js';
import { makeLatency } from '../../support/result/latency-factory.js';
import { LEDGER_OPEN, makeResult, SMALL_BUFFER } from '../../support/result/result-factory.js';

const p99 = (micros: number) => ({ latency_us: { ...makeLatency(1_000_000, 900), p99: micros } });

/** Two cells that differ in nothing but their p99. */
function duel(tcpP99: number, udpP99: number) {
  return makeResult([
    makeCell({ transport: 'tcp' }, p99(tcpP99)),
    makeCell({ transport: 'udp' }, p99(udpP99)),
  ]);
}

describe('the summary', () => {
  test('names the winner, its figure and the ratio to the runner-up', () => {
    expect(summarize(duel(2520, 1200)).headline).toContain(
      'udp/line-json had the lowest p99 latency (1.20 ms; next tcp/line-json with 2.10× that)',
    );
  });

  test('calls a difference under 5 % no clear difference, and one of 5 % a difference', () => {
    expect(summarize(duel(1000, 1049)).headline).toContain(
      'no clear difference in p99 latency (1.00 ms to 1.05 ms)',
    );
    expect(summarize(duel(1000, 1050)).headline).toContain(
      'tcp/line-json had the lowest p99 latency',
    );
  });

  test('never lets an INVALID cell win, and says that it was left out', () => {
    const result = makeResult([
      makeCell({ transport: 'tcp' }, p99(2000)),
      makeCell({ transport: 'ws' }, p99(3000)),
      makeCell({ transport: 'udp', reasons: [LEDGER_OPEN] }, p99(10)),
    ]);
    const { headline, trust } = summarize(result);
    expect(headline).toContain('tcp/line-json had the lowest p99 latency');
    expect(headline).not.toContain('udp');
    expect(headline).toContain('1 of 3 cells INVALID and left out');
    expect(trust.join('\n')).toContain('Left out of the comparison: ✘ INVALID udp/line-json');
  });

  test('never lets a cell that was cut short or delivered nothing win', () => {
    const cut = makeCell({ transport: 'udp' }, { ...p99(10), incomplete: true });
    const silent = makeCell(
      { transport: 'ws' },
      {
        delivered: 0,
        cpu_us_per_delivery: { server: null, clients: null },
        latency_us: makeLatency(0, 1),
      },
    );
    const { headline, compared } = summarize(makeResult([makeCell({}, p99(2000)), cut, silent]));
    expect(compared).toEqual([]);
    expect(headline).toContain(
      'Only one of the pairs has usable figures; here is what tcp/line-json did',
    );
  });

  test('says plainly that all cells are INVALID and names no winner', () => {
    const cells = ['tcp', 'udp'].map((transport) =>
      makeCell({ transport, reasons: [LEDGER_OPEN] }),
    );
    expect(summarize(makeResult(cells)).headline).toContain(
      'No winner can be named: all 2 cells are INVALID',
    );
  });

  test('keeps the warning of a SUSPECT winner on its name', () => {
    const cells = [
      makeCell({}, p99(2000)),
      makeCell({ transport: 'udp', reasons: [SMALL_BUFFER] }, p99(1000)),
    ];
    expect(summarize(makeResult(cells)).headline).toContain(
      '⚠ SUSPECT udp/line-json had the lowest p99',
    );
  });

  test('names no winner on delivery when nothing was lost', () => {
    const { headline, compared } = summarize(duel(1000, 2000));
    expect(headline).toContain('all delivered everything');
    expect(compared[0]!.outcomes[1]!.others).toEqual([]);
  });

  test('names who delivered everything when another did not, and by how much', () => {
    const cells = [makeCell(), makeCell({ transport: 'udp', dropped: 3100 })];
    expect(summarize(makeResult(cells)).headline).toContain(
      'tcp/line-json delivered everything while udp/line-json missed 0.31 %',
    );
  });

  test('finds no difference in delivery below the 0.01 % that a ledger may leave open', () => {
    const cells = [makeCell(), makeCell({ transport: 'udp', dropped: 99 })];
    expect(summarize(makeResult(cells)).headline).toContain('no clear difference in delivery');
  });

  test('ranks no p99 of a cell that lost more than the 1 % this percentile leaves out', () => {
    const cells = [
      makeCell({}, p99(2000)),
      makeCell({ transport: 'ws' }, p99(3000)),
      makeCell({ transport: 'udp', dropped: 20_000 }, p99(10)),
    ];
    const { headline, trust } = summarize(makeResult(cells));
    expect(headline).toContain('tcp/line-json had the lowest p99 latency');
    expect(trust.join('\n')).toContain(
      'udp/line-json was not ranked for lowest p99 latency: 2.00 % of its messages',
    );
  });

  test('never compares cells of different workloads', () => {
    const cells = [makeCell({ clients: 10 }), makeCell({ transport: 'udp', clients: 20 })];
    const { headline, compared } = summarize(makeResult(cells));
    expect(compared).toEqual([]);
    expect(headline).toContain('Nothing is comparable');
  });

  test('says of a single cell what it did', () => {
    expect(summarize(makeResult([makeCell({ seconds: 2 })])).headline).toMatch(
      /^There is nothing to compare with; here is what tcp\/line-json did .*: 200,000 of 200,000 messages delivered \(100 %\), p99 latency /,
    );
  });

  test('counts the wins over several workloads', () => {
    const cells = [10, 20].flatMap((clients) => [
      makeCell({ clients }, { latency_us: makeLatency(clients * 10_000, 900) }),
      makeCell({ clients, transport: 'udp' }, { latency_us: makeLatency(clients * 10_000, 400) }),
    ]);
    expect(summarize(makeResult(cells)).headline).toContain(
      'Over 2 workloads: lowest p99 latency: udp/line-json in all 2;',
    );
  });

  test('a result without cells says so', () => {
    expect(summarize(makeResult([])).headline).toBe(
      'No cell was measured, so there is nothing to report.',
    );
  });

  test('says that a single run is weak evidence, and asks for more', () => {
    const { headline, trust, changes } = summarize(duel(1000, 2000));
    expect(headline).toContain('One run each is weak evidence');
    expect(trust[0]).toContain('the run is the sample');
    expect(changes.join('\n')).toContain('--repeat 5');
  });

  test('with repeated runs compares medians, and finds no difference while the ranges overlap', () => {
    const runs = (tcp: number[], udp: number[]) =>
      makeResult([
        ...tcp.map((value, i) => makeCell({ run: i + 1 }, p99(value))),
        ...udp.map((value, i) => makeCell({ run: i + 1, transport: 'udp' }, p99(value))),
      ]);
    expect(summarize(runs([1000, 1100, 5000], [2000, 2100, 2200])).headline).toContain(
      'no clear difference in p99 latency (1.10 ms to 2.10 ms)',
    );
    expect(summarize(runs([1000, 1100, 1900], [2000, 2100, 2200])).headline).toContain(
      'tcp/line-json had the lowest p99 latency (1.10 ms; next udp/line-json with 1.91× that)',
    );
  });

  test('warns when the cells were not fed the same messages', () => {
    const cells = [makeCell(), makeCell({ transport: 'udp' }, { feed_sha256: 'ff' })];
    expect(summarize(makeResult(cells)).trust.join('\n')).toContain('was fed the same messages');
  });

  test('says when another percentile has another winner', () => {
    const cells = [
      makeCell({}, { latency_us: { ...makeLatency(1_000_000, 900), p50: 500, p99: 3000 } }),
      makeCell(
        { transport: 'udp' },
        { latency_us: { ...makeLatency(1_000_000, 900), p50: 900, p99: 2000 } },
      ),
    ];
    expect(summarize(makeResult(cells)).changes.join('\n')).toContain(
      'tcp/line-json had the lowest p50 latency',
    );
  });
});
