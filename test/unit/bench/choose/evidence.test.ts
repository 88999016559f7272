/** Which results may answer a question, and what a client costs by them. */
import { describe, expect, it } from 'vitest';
import { amountsOf, costOf, totalOf } from '../../../../bench/choose/evidence/amounts.js';
import type { Capacity } from '../../../../bench/choose/evidence/capacity.js';
import {
  capacitiesOf,
  isSearch,
  readSearch,
} from '../../../../bench/choose/evidence/search-document.js';
import type { LabResult } from '../../../../bench/result/result.js';
import { withLocal } from '../../../support/result/cell-factory.js';
import { makeChoice } from '../../../support/result/choice.js';
import { ask, stackNamed } from '../../../support/result/choosing.js';

const TCP = { transport: 'tcp' };
const UDP = { transport: 'udp' };
const plain = (overrides: Partial<LabResult> = {}, stacks = [TCP, UDP]): LabResult =>
  makeChoice([{}], stacks, 6, (_stack, _spot, run) => ({ bytes: 100 + run }), overrides);
const LATER = { startedAt: '2026-11-22T08:00:00.000Z' };

describe('results', () => {
  it('of one machine and feed answer together, and their runs add up', () => {
    const document = ask([plain(), plain({ ...LATER, duration_s: 60 })]);
    expect(stackNamed(document, 'tcp').runs).toBe(12);
    expect(document.sources).toHaveLength(2);
  });

  it('may each have measured other stacks', () => {
    const document = ask([plain({}, [TCP]), plain(LATER, [UDP])]);
    expect(document.stacks.map(({ runs }) => runs)).toEqual([6, 6]);
  });

  const { environment, config } = plain();
  const other = (of: Partial<LabResult>) => [plain(), plain({ ...LATER, ...of })];
  it.each([
    ['of another machine', other({ environment: { ...environment, cpu: 'other' } }), /cpu is/],
    ['of another kernel', other({ environment: { ...environment, kernel: '1' } }), /kernel is/],
    ['of another source', other(withSource(config, 'replay:a.csv')), /source is/],
    ['that are one and the same', [plain(), plain()], /the same run/],
    ['of another feed', [plain(), otherFeed(plain(LATER))], /published different data/],
  ])('%s are refused', (_, results, message) => {
    expect(() => ask(results)).toThrow(message);
  });

  it('of several loads need a question that says which', () => {
    const spots = [{ clients: 20 }, { clients: 40 }];
    const result = makeChoice(spots, [TCP], 6, () => ({}));
    expect(() => ask(result)).toThrow(/several loads: 20 clients.*, 40 clients/);
    expect(() => ask(result, { clients: 30 })).toThrow('nothing was measured at 30 clients');
    expect(ask(result, { clients: 40 }).question.clients).toBe(40);
  });

  it('need the links of the question', () => {
    expect(() => ask(plain(), { links: ['4g'] })).toThrow('nothing was measured behind 4g');
  });

  it('without a run that counts have no answer', () => {
    const result = makeChoice([{}], [TCP], 6, () => ({ status: 'INVALID' }));
    expect(() => ask(result)).toThrow('no stack has a run that counts');
  });
});

function withSource(config: LabResult['config'], source: string): Partial<LabResult> {
  const { server } = config.effective;
  if (server.kind !== 'local') throw new Error('it is a server of our own');
  return {
    config: { ...config, effective: { ...config.effective, server: { ...server, source } } },
  };
}

function otherFeed(result: LabResult): LabResult {
  const cells = result.cells.map((cell) => withLocal(cell, { feed_sha256: 'b'.repeat(64) }));
  return { ...result, cells };
}

describe('the cost of a client-hour', () => {
  const [cell] = makeChoice([{}], [TCP], 1, () => ({ cpu: 10, bytes: 250, rss: 100e6 })).cells;
  const prices = { 'cpu-hour': 0.04, 'gb-egress': 0.05, 'gb-ram-hour': 0.005 };

  it('is what its deliveries take of CPU and network, and its part of the memory', () => {
    // 20 clients, 100 messages/s each: 1,000 CPU-µs/s, 25 kB/s, 5 MB.
    const amounts = amountsOf(cell!)!;
    expect(amounts.cpuHours).toBeCloseTo(0.001, 12);
    expect(amounts.egressGb).toBeCloseTo(0.09, 12);
    expect(amounts.ramGbHours).toBeCloseTo(0.005, 12);
    const cost = costOf(amounts, prices);
    expect(cost).toEqual({
      cpu: expect.closeTo(0.00004, 12),
      egress: expect.closeTo(0.0045, 12),
      ram: expect.closeTo(0.000025, 12),
    });
    expect(totalOf(cost)).toBeCloseTo(0.004565, 12);
  });

  const result = makeChoice([{}], [TCP], 6, () => ({ cpu: 10, bytes: 250, rss: 100e6 }));
  const capacity = (clients: number): Capacity => ({
    stack: {
      ...{ transport: 'tcp', codec: 'msgpack', flush: 'auto', repair: 'none' },
      ...{ congestion: 'default', policy: 'drop-oldest' },
    },
    ...{ link: null, sizeBytes: 128, clients, ratePerSecond: 100, goal: 'p99<50ms' },
  });
  const costAt = (clients: number) =>
    stackNamed(ask(result, { prices }, [capacity(clients)]), 'tcp').cost!;

  it('is that of a whole core at the least, at capacity × headroom', () => {
    // 100 clients use a tenth of a core, which is paid for whole: for 60 of them.
    expect(costAt(100)).toMatchObject({ at: 'capacity', cpu: expect.closeTo(0.04 / 60, 12) });
    // 5,000 use 5 cores, which carry 3,000.
    expect(costAt(5_000).cpu).toBeCloseTo((5 * 0.04) / 3_000, 12);
    expect(costAt(5_000)).toMatchObject({ egress: expect.closeTo(0.0045, 12) });
  });

  it('is of the load measured where the capacity of one stack is not known', () => {
    const both = makeChoice([{}], [TCP, UDP], 6, () => ({ cpu: 10 }));
    const document = ask(both, { prices }, [capacity(100)]);
    expect(document.stacks.map(({ cost }) => cost!.at)).toEqual(['measured', 'measured']);
  });

  it('is not known where a run lacks CPU, and such a stack is not chosen', () => {
    const cells = result.cells.map((one) => ({
      ...one,
      cpu_us_per_delivery: { server: null, clients: null },
    }));
    const document = ask({ ...result, cells });
    expect(document.stacks[0]).toMatchObject({ cost: null, standing: 'pass' });
    expect(document.answer.kind).toBe('none');
  });
});

describe('the document of a search', () => {
  const combination = {
    ...{ transport: 'udp', codec: 'msgpack', flush: 'auto', repair: 'none' },
    ...{ congestion: 'default', policy: 'drop-oldest', link: null, size_bytes: 40 },
  };
  const search = (vary: string, combinations: readonly object[]) => ({
    ...{ schema: 'lab-search/v1', vary, machine: null, more: 1 },
    goals: [{ expression: 'p99<50ms' }, { expression: 'loss=0' }],
    combinations: combinations.map((one) => ({ ...combination, ...one })),
  });
  const read = (value: unknown): Capacity[] => capacitiesOf(readSearch(value)!);

  it('tells the load at the smallest lower bound of its goals', () => {
    const answers = [{ lower: 900 }, { lower: 700 }];
    const found = read(search('rate', [{ clients: 500, rate_per_s: null, answers }]));
    expect(found).toEqual([
      expect.objectContaining({
        ...{ clients: 500, ratePerSecond: 700, goal: 'p99<50ms and loss=0', sizeBytes: 40 },
      }),
    ]);
    const clients = search('clients', [{ clients: null, rate_per_s: 100, answers }]);
    expect(read(clients)[0]).toMatchObject({ clients: 700, ratePerSecond: 100 });
  });

  it('tells nothing without a bound, or of sizes', () => {
    const open = { clients: 500, rate_per_s: null, answers: [{ lower: 900 }, { lower: null }] };
    expect(read(search('rate', [open]))).toEqual([]);
    expect(read(search('size', [{ ...open, answers: [{ lower: 900 }] }]))).toEqual([]);
  });

  it('is told from other documents', () => {
    expect([isSearch(search('rate', [])), isSearch(plain()), isSearch(null)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(readSearch({ schema: 'lab-search/v1' })).toBeNull();
  });
});
