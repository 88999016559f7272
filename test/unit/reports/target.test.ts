import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../../bench/result/result.js';
import { targetServer } from '../../../bench/result/server.js';
import { planCells } from '../../../bench/run/matrix.js';
import { targetReasons } from '../../../bench/verdict/target.js';
import { runConfig } from '../../../cli/args/run-config.js';
import { parseTargets } from '../../../cli/args/target-flags.js';
import { renderPlan } from '../../../cli/ui/plan-table.js';
import { renderRun } from '../../../cli/ui/run/table.js';
import type { Style } from '../../../cli/ui/style.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { summarize } from '../../../reports/text/summary.js';
import { isRelative, targetSentences } from '../../../reports/text/target-notes.js';
import { makeCell } from '../../support/result/cell-factory.js';
import { makeResult } from '../../support/result/result-factory.js';

const plain: Style = (_format, text) => text;
const NONE = makeCell({ clients: 0 }).latency_us;

function foreign(common: boolean, plan: Parameters<typeof makeCell>[0] = {}): CellResult {
  const cell = makeCell(plan);
  return {
    ...cell,
    server: {
      kind: 'target',
      url: `${cell.transport}://feed.example:7400`,
      epochs: ['a1'],
      same_machine: common,
      common_clock: common,
      clock_correction_us: common ? 0 : null,
      latency_error_us: common ? 420 : null,
      clock_offset_us: common ? { min: -60, max: 420 } : { min: null, max: null },
    },
    rate_per_s: null,
    size_bytes: null,
    verified: null,
    cpu_us_per_delivery: { server: null, clients: 2 },
    wire: {
      ...cell.wire,
      message_bytes: 90,
      bytes_per_delivery: null,
      messages_per_send: null,
      ip_bytes_per_delivery: null,
      ip_bytes_source: null,
    },
    ledger: { ...cell.ledger, send_errors: null, network_lost: 0 },
    ...(common
      ? {}
      : { latency_us: NONE, service_us: NONE, completion_us: null, position_us: null }),
  };
}

/** What the judges of running servers say of a cell. */
function judgeTarget({ verdict: _, ...cell }: CellResult): CellResult['verdict'] {
  const record = {
    kind: 'target' as const,
    url: 'tcp://feed.example:7400',
    epochs: ['a1'],
    sameMachine: true,
    offset: { min: 0, max: 0 },
    commonClock: true,
    correction: 0,
    behind: false,
    gone: false,
    silentMicros: 0,
  };
  return { status: 'SUSPECT', reasons: [...targetReasons(cell, record)] };
}

const pair = (common: boolean): CellResult[] => [
  foreign(common),
  foreign(common, { transport: 'udp' }),
];

describe('a report on a server that was running already', () => {
  it('says first what was measured, from when times count, and what is left out', () => {
    const { markdown } = renderReport(makeResult(pair(true)));
    expect(markdown.indexOf('Measured as it was running: tcp://feed.example:7400')).toBeLessThan(
      600,
    );
    expect(markdown).toContain('the schedule of this server is not known');
    expect(markdown).toContain('at most 420 µs above those shown');
    expect(markdown).toContain('100 clients, a running server, payload unknown');
    expect(markdown).toMatch(/The same in every cell: .*; network /);
    expect(markdown).not.toMatch(/null|undefined|NaN|flush null|recorded pace|server CPU cannot/);
  });

  it('doubts the clocks where the verdict does, and says so with the same figure', () => {
    const doubtful = (max: number | null, plan: Parameters<typeof foreign>[1] = {}): CellResult => {
      const cell = foreign(true, plan);
      const server = { ...targetServer(cell)!, clock_offset_us: { min: -60, max } };
      const { reasons } = judgeTarget({ ...cell, server });
      return { ...cell, server, verdict: { status: 'SUSPECT', reasons } };
    };
    const told = (...cells: CellResult[]): string =>
      targetSentences(makeResult(cells))
        .filter((text) => text.includes('clock'))
        .join(' ');
    const one = doubtful(9_810_000);
    expect(one.verdict.reasons[0]?.message).toContain('to better than 9.81 s');
    expect(told(one)).toContain(
      'Nothing proves the clock of the server to agree with ours to better than 9.81 s',
    );
    expect(told(one)).not.toContain('their clocks agree');
    expect(told(doubtful(null))).toContain('at all');
    const both = told(foreign(true), doubtful(9_810_000, { transport: 'udp' }));
    expect(both).toContain(
      'their clocks agree as far as can be told: the true latencies are at most 420 µs',
    );
    expect(both).toContain('In 1 of 2 cells nothing proves');
  });

  it('of a clock whose difference is known says by how much, and ± beside what is less than that', () => {
    const cell = foreign(true);
    const server = {
      ...targetServer(cell)!,
      same_machine: false,
      common_clock: false,
      clock_correction_us: -3_000,
      latency_error_us: 700,
      clock_offset_us: { min: -3_700, max: -2_300 },
    };
    const latency_us = { ...cell.latency_us, p50: 400, p90: 650, p99: 900 };
    const result = makeResult([{ ...cell, server, latency_us }]);
    const { markdown } = renderReport(result);
    expect(markdown).toContain('3.00 ms behind');
    expect(markdown).toContain('right to ±700 µs');
    expect(markdown).toMatch(
      /\|\s+400\sµs\s±\s700\sµs\s+\|\s+650\sµs\s±\s700\sµs\s+\|\s+900\sµs\s+\|/,
    );
    expect(renderRun(result, 100, plain)).toContain('400 µs ± 700 µs');
  });

  it('ranks nothing where cells were of different servers, and says so', () => {
    const run = (transport: string, n: number, ...epochs: string[]): CellResult => {
      const cell = foreign(true, { transport, run: n });
      return { ...cell, server: { ...targetServer(cell)!, epochs } };
    };
    const cells = (later: string): CellResult[] =>
      [1, 2, 3, 4, 5, 6].flatMap((n) => [
        run('tcp', n, n > 3 ? later : 'a1'),
        run('udp', n, n > 3 ? later : 'a1'),
      ]);
    const one = makeResult(cells('a1'));
    expect(targetSentences(one).join(' ')).not.toContain('one server throughout');
    expect(summarize(one).compared).toHaveLength(1);
    const two = makeResult(cells('b2'));
    expect(targetSentences(two).join(' ')).toMatch(
      /Not one server throughout: tcp:\S+ and udp:\S+ announced another epoch/,
    );
    expect(summarize(two).compared).toEqual([]);
    expect(summarize(two).headline).toMatch(/^Nothing is ranked: tcp:\S+ and udp:/);
  });

  it('of another clock gives times above the fastest delivery, and calls them that', () => {
    const result = makeResult(pair(false));
    const { markdown } = renderReport(result);
    expect(isRelative(result)).toBe(true);
    expect(markdown).toMatch(/p50 − min \| +p99 − min \| +p99\.9 − min/);
    expect(markdown).toContain('no one-way latencies');
    expect(markdown).not.toContain('too few samples');
  });

  it('of our own servers says nothing of it', () => {
    const { markdown } = renderReport(makeResult([makeCell()]));
    expect(targetSentences(makeResult([makeCell()]))).toEqual([]);
    expect(markdown).not.toMatch(/running already|as it was running|Network/);
  });
});

describe('the table of a run against a server that was running already', () => {
  const table = (cells: readonly CellResult[]): string => renderRun(makeResult(cells), 100, plain);

  it('has no column for what only the server knows, and says from when times count', () => {
    expect(table(pair(true))).not.toContain('CPU/msg');
    expect(table(pair(true))).toMatch(/^target {2}Measured as it was running/m);
  });

  it('of another clock is headed accordingly', () => {
    const text = table(pair(false));
    expect(text).toMatch(/p50 +p99/);
    expect(text).toMatch(/− min +− min/);
    expect(text).not.toContain('RTT/2');
    expect(table([foreign(false)])).toContain('no latency, as the clocks differ');
  });
});

it('a plan of it shows the pace and the payload as its own', () => {
  const config = runConfig([
    { server: { kind: 'target', targets: parseTargets('--target', 'tcp://a') } },
  ]);
  expect(renderPlan({ cells: planCells(config), seconds: 5 }, 100, plain)).toMatch(/its own/);
});
