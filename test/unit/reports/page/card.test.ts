import { describe, expect, it } from 'vitest';
import type { CellResult, LabResult } from '../../../../bench/result/result.js';
import { cardOf } from '../../../../reports/card.js';
import { makeCell } from '../../../support/result/cell-factory.js';
import { makeRuns, type RunFigures, spread } from '../../../support/result/repeated.js';
import { makeResult, SMALL_BUFFER } from '../../../support/result/result-factory.js';

const RUNS = 10;
const LOAD = '100 clients × 1,000 msg/s × 128 B';

function p99s(from: number, more: RunFigures = {}, count = RUNS): RunFigures[] {
  return spread(from, from / 1000, count).map((p99) => ({ p99, ...more }));
}

function runsOf(
  transport: string,
  figures: readonly RunFigures[],
  overrides: Partial<CellResult> = {},
): CellResult[] {
  return makeRuns(figures, { transport }).map((cell) => ({ ...cell, ...overrides }));
}

function said(result: LabResult): string[] {
  return cardOf(result).map(({ label, text }) => `${label} ${text}`);
}

describe('the card of one workload', () => {
  it('chooses the pair of the lowest p99, says the figures, and on what another is better', () => {
    const cells = [
      ...runsOf('tcp', p99s(2520, { cpu: 1 })),
      ...runsOf('udp', p99s(1200, { cpu: 2 })),
    ];
    expect(said(makeResult(cells))).toEqual([
      `CHOOSE udp/line-json, for ${LOAD}`,
      'BECAUSE its p99 latency is the lowest: 1.21 ms, next tcp/line-json with 2.53 ms; nobody lost a message',
      'UNLESS server CPU decides: tcp/line-json has 1.00 µs, not 2.00 µs',
    ]);
  });

  it('asks the next question of those that the first finds equivalent', () => {
    const cells = [
      ...runsOf('tcp', p99s(1000, { cpu: 2 })),
      ...runsOf('udp', p99s(1010, { cpu: 1 })),
      ...runsOf('ws', p99s(3000, { cpu: 0.5 })),
    ];
    // ws uses the least CPU, but is out by then: it says nothing about the two that are left.
    expect(said(makeResult(cells)).slice(0, 2)).toEqual([
      `CHOOSE tcp/line-json or udp/line-json, for ${LOAD}`,
      'BECAUSE their p99 latency is the lowest: 1.00 ms, next ws/line-json with 3.01 ms; nobody lost a message',
    ]);
    expect(said(makeResult(cells.slice(0, 2 * RUNS))).slice(0, 2)).toEqual([
      `CHOOSE udp/line-json, for ${LOAD}`,
      'BECAUSE its server CPU is the least: 1.00 µs, next tcp/line-json with 2.00 µs; nobody lost a message',
    ]);
  });

  it('says of whom messages were lost where that is the price of the latency', () => {
    const cells = [...runsOf('tcp', p99s(2520)), ...runsOf('udp', p99s(1200, { loss: 0.005 }))];
    expect(said(makeResult(cells)).at(-1)).toBe(
      'UNLESS every message must arrive: tcp/line-json misses 0 %, not 0.50 %',
    );
  });

  it('takes any of those that are alike in everything, and says how to tell them apart', () => {
    const card = said(makeResult([...runsOf('tcp', p99s(1000)), ...runsOf('udp', p99s(1010))]));
    expect(card.slice(0, 2)).toEqual([
      `CHOOSE any of tcp/line-json and udp/line-json, for ${LOAD}`,
      'BECAUSE all figures are equivalent (p99 latency 1.00 to 1.01 ms)',
    ]);
    expect(card[2]).toMatch(/^UNLESS another load or link tells them apart/);
  });

  it('ranks nobody by one run each, and has the command and the time that would', () => {
    const card = said(
      makeResult([...runsOf('tcp', [{ p99: 9000 }]), ...runsOf('udp', [{ p99: 1000 }])]),
    );
    expect(card).toEqual([
      'CANNOT RANK udp/line-json and tcp/line-json by p99 latency (1.00 to 9.00 ms): one run of each has no spread; it takes 5',
      expect.stringMatching(/^RUN `lab run .* --repeat 5` \(about \d+ (min|s)\)$/),
    ]);
  });

  it('asks for more runs where many of them do not count, and still says who is ruled out', () => {
    const doubtful = { status: 'SUSPECT' as const, reasons: [SMALL_BUFFER] };
    const udp = runsOf('udp', p99s(1300, {}, 8));
    const cells = [
      ...runsOf('tcp', p99s(1000, {}, 8)),
      ...runsOf('ws', p99s(3000, {}, 8)),
      ...udp.map((cell, i) => (i < 6 ? { ...cell, verdict: doubtful } : cell)),
    ];
    const card = said(makeResult(cells));
    const needed = Number(/it takes (\d+)/.exec(card[0]!)![1]);
    expect(card[0]).toMatch(
      /^CANNOT RANK tcp\/line-json and udp\/line-json by p99 latency .*: udp\/line-json has 2 VALID runs of 8; it takes/,
    );
    expect(card[1]).toBe('RULED OUT ws/line-json: p99 latency 3.01 ms or more');
    // A quarter of them were VALID.
    expect(card[2]).toContain(`--repeat ${needed * 4}\``);
  });

  it('keeps the mark of a pair that is ranked though its clients read late', () => {
    const late = {
      code: 'INSTRUMENT_DOMINATES',
      severity: 'SUSPECT' as const,
      message: 'm',
      hint: '',
    };
    const verdict = { status: 'SUSPECT' as const, reasons: [late] };
    const at = { latency_at: 'arrival' as const };
    const cells = [
      ...runsOf('tcp', p99s(3000), at),
      ...runsOf('udp', p99s(1000), { ...at, verdict }),
    ];
    expect(said(makeResult(cells))[0]).toBe(`CHOOSE ⚠ udp/line-json, for ${LOAD}`);
  });
});

describe('a card without a ranking', () => {
  it('says what is missing, and what to do', () => {
    expect(said(makeResult([]))).toEqual(['CANNOT RANK no cell was measured']);
    expect(said(makeResult([makeCell()]))).toEqual([
      'CANNOT RANK tcp/line-json alone: there is no other pair beside it',
      'RUN the same with another, such as `--transport tcp,udp,ws`',
    ]);
    const reasons = [{ ...SMALL_BUFFER, severity: 'INVALID' as const, hint: 'give more' }];
    const bad = { verdict: { status: 'INVALID' as const, reasons } };
    expect(said(makeResult([makeCell({}, bad), makeCell({ transport: 'udp' }, bad)]))).toEqual([
      'CANNOT RANK the pairs: no cell is VALID, and only VALID runs rank',
      'RUN the command again after this: give more',
    ]);
  });
});

describe('the card of several workloads', () => {
  const workload = (clients: number, tcp: number, udp: number): CellResult[] =>
    [...runsOf('tcp', p99s(tcp)), ...runsOf('udp', p99s(udp))].map((cell) => ({
      ...cell,
      size_bytes: clients,
    }));

  it('says in how many each is chosen, and in how many nobody', () => {
    const cells = [
      ...workload(64, 2000, 1000),
      ...workload(128, 2000, 1000),
      ...workload(256, 1000, 2000),
      ...workload(512, 1000, 1010),
    ];
    const card = said(makeResult(cells));
    expect(card[0]).toBe('CHOOSE udp/line-json in 2 of 4 workloads');
    expect(card[1]).toMatch(/^BECAUSE for 100 clients × 1,000 msg\/s × 64 B, its p99 latency/);
    expect(card[2]).toBe(
      'UNLESS the workload differs: tcp/line-json in 1, nobody can be told best in 1',
    );
  });
});
