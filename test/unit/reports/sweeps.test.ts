import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../../bench/result/result.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { makeCell, withLocal } from '../../support/result/cell-factory.js';
import { makeResult, SMALL_BUFFER } from '../../support/result/result-factory.js';

function cellOf(
  transport: string,
  clients: number,
  rate: number,
  cpu: number,
  p99: number,
): CellResult {
  const cell = makeCell({ transport, clients, seconds: 1 });
  return {
    ...cell,
    rate_per_s: rate,
    cpu_us_per_delivery: { server: cpu, clients: 1 },
    latency_us: { ...cell.latency_us, p99 },
  };
}

const chartsOf = (cells: readonly CellResult[]): ReadonlyMap<string, string> =>
  renderReport(makeResult(cells)).files;
/** Heights of the dots of one series, lower on the page = larger. */
const heights = (svg: string, name: string): number[] => {
  const series = [...svg.matchAll(/<g><title>([^<]*)<\/title>(.*?)<\/g>/g)].filter(
    ([, title]) => title === name,
  );
  return series.flatMap(([, , body]) =>
    [...body!.matchAll(/cy="([\d.]+)"/g)].map(([, y]) => Number(y)),
  );
};

describe('the scaling charts', () => {
  it('are drawn of whatever is swept: three numbers of clients, three rates', () => {
    const clients = [10, 100, 1_000].map((count) => cellOf('tcp', count, 50, 5, 1_000));
    expect([...chartsOf(clients).keys()]).toContain('scaling-clients.svg');
    expect([...chartsOf(clients).keys()]).not.toContain('scaling-rate.svg');
    const rates = [10, 50, 100].map((rate) => cellOf('tcp', 10, rate, 5, 1_000));
    expect([...chartsOf(rates).keys()]).toContain('scaling-rate.svg');
    expect([...chartsOf(clients.slice(0, 2)).keys()].join()).not.toContain('scaling');
  });

  it('have a line for each transport and rate, level where a delivery costs the same', () => {
    const cells = [10, 100, 1_000].flatMap((count) => [
      cellOf('tcp', count, 50, 5, count * 10),
      cellOf('udp', count, 50, count / 2, 1_000),
      cellOf('tcp', count, 10, 7, 1_000),
    ]);
    const svg = chartsOf(cells).get('scaling-clients.svg')!;
    const [a, b, c, ...p99] = heights(svg, 'tcp 50 msg/s');
    expect([a === b, b === c]).toEqual([true, true]);
    // Equal factors are equal distances on a logarithmic axis.
    expect(p99[0]! - p99[1]!).toBeCloseTo(p99[1]! - p99[2]!, 0);
    expect(p99[0]!).toBeGreaterThan(p99[1]!);
    const [d, e] = heights(svg, 'udp 50 msg/s');
    expect(d!).toBeGreaterThan(e!);
    expect(svg).toContain('tcp 10 msg/s');
    expect(svg).toContain('3 sweeps, line-json');
  });

  it('mark what is doubtful', () => {
    const cells = [10, 100, 1_000].map((count) => cellOf('tcp', count, 50, 5, 1_000));
    expect(chartsOf(cells).get('scaling-clients.svg')).not.toContain('hollow');
    const doubtful = {
      ...cells[1]!,
      verdict: { status: 'SUSPECT' as const, reasons: [SMALL_BUFFER] },
    };
    const svg = chartsOf([cells[0]!, doubtful, cells[2]!]).get('scaling-clients.svg')!;
    expect(svg).toContain('hollow: ⚠ SUSPECT or ✘ INVALID');
    expect(svg).toContain('⚠ SUSPECT, 5.00 µs');
  });
});

describe('the flush chart', () => {
  const flushed = (flush: string, cpu: number, p50: number): CellResult => {
    const cell = cellOf('tcp', 100, 1_000, cpu, 9_000);
    return { ...withLocal(cell, { flush }), latency_us: { ...cell.latency_us, p50 } };
  };

  it('has a labelled dot for each mode, further left where a delivery costs less', () => {
    const svg = chartsOf([
      flushed('auto', 4, 2_000),
      flushed('0', 8, 1_000),
      flushed('5ms', 2, 6_000),
    ]).get('flush.svg')!;
    const series = /<g><title>tcp\/line-json[^<]*<\/title>(.*?)<\/g>/.exec(svg)![1]!;
    const across = [...series.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ]);
    expect(across[0]![0]! - across[2]![0]!).toBeCloseTo(across[1]![0]! - across[0]![0]!, 0);
    expect(across[1]![1]!).toBeGreaterThan(across[0]![1]!);
    for (const mode of ['auto', '0', '5ms']) expect(series).toContain(`>${mode}</text>`);
  });

  it('is not drawn of one mode, and cells of two are never one row', () => {
    expect(chartsOf([flushed('auto', 4, 2_000)]).has('flush.svg')).toBe(false);
    const two = renderReport(makeResult([flushed('auto', 4, 2_000), flushed('0', 8, 1_000)]));
    expect(two.markdown).toContain('tcp/line-json flush 0');
  });
});
