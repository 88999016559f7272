import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, estimateSeconds, LIMITS, planCells, type RunConfig } from '../../bench/plan.js';
import { codeOf } from './support/code-of.js';

const config = (overrides: Partial<RunConfig>): RunConfig => ({ ...DEFAULT_CONFIG, ...overrides });

describe('planCells', () => {
  it('is the product of all lists: transports and codecs change fastest, so what is compared runs side by side', () => {
    const cells = planCells(
      config({
        transports: ['tcp', 'udp'],
        codecs: ['line-json', 'msgpack'],
        clients: [10, 100],
        ratesPerSecond: [5],
        sizesBytes: [0, 64],
        durationsMs: [500],
      }),
    );
    expect(cells.map(({ id }) => id)).toEqual([
      'tcp/line-json/c10/r5/s0/d500#1',
      'tcp/msgpack/c10/r5/s0/d500#1',
      'udp/line-json/c10/r5/s0/d500#1',
      'udp/msgpack/c10/r5/s0/d500#1',
      'tcp/line-json/c100/r5/s0/d500#1',
      'tcp/msgpack/c100/r5/s0/d500#1',
      'udp/line-json/c100/r5/s0/d500#1',
      'udp/msgpack/c100/r5/s0/d500#1',
      'tcp/line-json/c10/r5/s64/d500#1',
      'tcp/msgpack/c10/r5/s64/d500#1',
      'udp/line-json/c10/r5/s64/d500#1',
      'udp/msgpack/c10/r5/s64/d500#1',
      'tcp/line-json/c100/r5/s64/d500#1',
      'tcp/msgpack/c100/r5/s64/d500#1',
      'udp/line-json/c100/r5/s64/d500#1',
      'udp/msgpack/c100/r5/s64/d500#1',
    ]);
  });

  it('repeats run forwards and backwards in turn (ABBA), and say which run they are', () => {
    const cells = planCells(config({ codecs: ['line-json'], repeat: 3 }));
    expect(cells.map(({ transport, run }) => transport + run)).toEqual([
      'tcp1',
      'udp1',
      'udp2',
      'tcp2',
      'tcp3',
      'udp3',
    ]);
  });

  it('a recorded pace is one rate, and is named in the id', () => {
    const cells = planCells(config({ transports: ['tcp'], codecs: ['msgpack'], ratesPerSecond: null }));
    expect(cells).toEqual([
      {
        id: 'tcp/msgpack/c100/recorded/s40/d5000#1',
        transport: 'tcp',
        codec: 'msgpack',
        clients: 100,
        ratePerSecond: null,
        sizeBytes: 40,
        durationMs: 5_000,
        run: 1,
      },
    ]);
  });

  it('refuses a matrix beyond the limit of cells, repeats counted, and takes one right at it', () => {
    const clients = Array.from({ length: LIMITS.cells / 4 }, (_, i) => i + 1);
    expect(planCells(config({ clients }))).toHaveLength(LIMITS.cells);
    expect(codeOf(() => planCells(config({ clients: [...clients, 1] })))).toBe('LAB_ERR_BAD_VALUE');
    expect(codeOf(() => planCells(config({ clients, repeat: 2 })))).toBe('LAB_ERR_BAD_VALUE');
  });
});

describe('estimateSeconds', () => {
  it('is at least what the windows and warm-ups take', () => {
    const plan = config({ durationsMs: [1_000, 3_000], warmupMs: 500, repeat: 2 });
    const cells = planCells(plan);
    expect(cells).toHaveLength(16);
    expect(estimateSeconds(plan, cells)).toBeGreaterThan(8 * 1 + 8 * 3 + 16 * 0.5);
  });
});
