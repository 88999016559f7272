import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CellResult, ProcessUse } from '../../../../bench/result/result.js';
import { type LocalServer, localServer } from '../../../../bench/result/server.js';
import { duration } from '../../../../bench/verdict/reason.js';
import { type Evidence, evaluate } from '../../../../bench/verdict/verdict.js';
import { formatMicros } from '../../../../reports/format.js';
import { makeCell } from '../../../support/result/cell-factory.js';

const { verdict: _, ...sound } = makeCell();
const own = localServer(sound) as LocalServer;
const use = own.use as ProcessUse;
const evidence: Evidence = {
  cell: sound,
  failure: null,
  interrupted: false,
  joinFailures: [],
  cut: [],
  sourceUnderruns: 0,
  strangers: 0,
  behind: false,
  feedsAgree: true,
  bufferFactor: 2,
  server: { kind: 'local', sendBufferBytes: null, sender: 'write' },
};

type Change = Partial<Omit<Evidence, 'cell'>> & { readonly cell?: Partial<Evidence['cell']> };

function verdictOf(change: Change): CellResult['verdict'] {
  return evaluate({ ...evidence, ...change, cell: { ...sound, ...change.cell } });
}

/** Codes of all reasons, each with its severity. */
function reasonsOf(change: Change): string[] {
  return verdictOf(change).reasons.map(({ code, severity }) => `${severity} ${code}`);
}

const served = (change: Partial<LocalServer>): LocalServer => ({ ...own, ...change });
const busy = (loop_utilization: number): ProcessUse => ({
  ...use,
  loop_utilization,
});
const stalled = (max: number): ProcessUse => ({
  ...use,
  loop_delay_us: { p99: 1, max },
});
const latency = (change: Partial<CellResult['latency_us']>) => ({ ...sound.latency_us, ...change });
const lag = (change: Partial<LocalServer['schedule_lag_us']>) =>
  served({ schedule_lag_us: { ...own.schedule_lag_us, ...change } });
const sockets = (change: Partial<CellResult['sockets']>) => ({ ...sound.sockets, ...change });

describe('judge', () => {
  it('a cell with nothing against it is VALID', () => {
    expect(verdictOf({})).toEqual({ status: 'VALID', reasons: [] });
  });

  it.each<[string, Change]>([
    ['INVALID WORKER_DIED', { failure: { code: 'LAB_ERR_WORKER_DIED', message: 'it died' } }],
    ['SUSPECT INTERRUPTED', { interrupted: true }],
    ['SUSPECT BACKLOG_AT_END', { cell: { drain_s: 0.51, duration_s: 10 } }],
    ['SUSPECT BACKLOG_AT_END', { cell: { drain_s: 0.11, duration_s: 1 } }],
    ['INVALID READINESS_INCOMPLETE', { cell: { joined: sound.clients - 1 } }],
    ['INVALID SUBSCRIBERS_CUT', { cut: [{ code: 'LAB_ERR_LAGGED', message: 'slow', count: 3 }] }],
    ['INVALID NOTHING_DELIVERED', { cell: { delivered: 0 } }],
    ['INVALID RATE_MISSED', { cell: { rate_ratio: 0.9899 } }],
    ['INVALID RATE_MISSED', { cell: { rate_ratio: null }, behind: true }],
    ['INVALID FEED_MISMATCH', { feedsAgree: false }],
    ['INVALID LEDGER_UNBALANCED', { cell: { ledger: { ...sound.ledger, balanced: false } } }],
    [
      'SUSPECT SEND_LAG_HIGH',
      { cell: { server: lag({ p99: 1_001 }), latency_us: latency({ p50: 1_000 }) } },
    ],
    ['INVALID SERVER_SATURATED', { cell: { server: served({ use: busy(0.99) }) } }],
    ['SUSPECT SERVER_BUSY', { cell: { server: served({ use: busy(0.9) }) } }],
    ['INVALID SUBSCRIBER_SATURATED', { cell: { clients_use: busy(1) } }],
    ['SUSPECT SUBSCRIBER_BUSY', { cell: { clients_use: busy(0.9899) } }],
    ['SUSPECT PROCESS_STALLED', { cell: { server: served({ use: stalled(500_000) }) } }],
    ['SUSPECT PROCESS_STALLED', { cell: { clients_use: stalled(500_000) } }],
    ['SUSPECT CPU_STOLEN', { cell: { kernel: { ...sound.kernel, cpu_steal_ratio: 0.021 } } }],
    [
      'SUSPECT SUBSCRIBERS_UNBALANCED',
      { cell: { ledger: { ...sound.ledger, subscribers_unbalanced: 1 } } },
    ],
    ['SUSPECT STRANGERS', { strangers: 101, cell: { duration_s: 10 } }],
    ['SUSPECT SOURCE_STARVED', { sourceUnderruns: 1 }],
    ['SUSPECT NEGATIVE_LATENCY', { cell: { latency_us: latency({ negative: 1 }) } }],
    ['SUSPECT LATENCY_OVERFLOW', { cell: { latency_us: latency({ overflow: 1 }) } }],
    ['SUSPECT TOO_FEW_SAMPLES', { cell: { latency_us: latency({ p99: null }) } }],
    [
      'SUSPECT RECEIVE_BUFFER_SMALL',
      {
        cell: {
          sockets: sockets({ receive_buffer_requested_bytes: 4_096, receive_buffer_bytes: 8_191 }),
        },
      },
    ],
    [
      'SUSPECT SEND_BUFFER_SMALL',
      {
        cell: {
          sockets: sockets({ send_buffer_requested_bytes: 4_096, send_buffer_bytes: 4_096 }),
        },
      },
    ],
  ])('%s is given for its own evidence, alone', (reason, change) => {
    expect(reasonsOf(change)).toEqual([reason]);
  });

  it.each<[string, Change]>([
    ['a drain of exactly 5 % of the window', { cell: { drain_s: 0.5, duration_s: 10 } }],
    ['a drain of 0.1 s after a short window', { cell: { drain_s: 0.1, duration_s: 0.3 } }],
    ['a rate missed by exactly 1 %', { cell: { rate_ratio: 0.99 } }],
    ['a rate that cannot be told', { cell: { rate_ratio: null } }],
    [
      'a busy loop just below 90 %',
      { cell: { server: served({ use: busy(0.8999) }), clients_use: busy(0.8999) } },
    ],
    ['a stall just below half a second', { cell: { server: served({ use: stalled(499_999) }) } }],
    [
      'a lag below a millisecond',
      { cell: { server: lag({ p99: 999 }), latency_us: latency({ p50: 100 }) } },
    ],
    [
      'a lag no higher than the latency',
      { cell: { server: lag({ p99: 5_000 }), latency_us: latency({ p50: 5_000 }) } },
    ],
    ['no usage at all', { cell: { server: served({ use: null }), clients_use: null } }],
    [
      'buffers as large as requested, bookkeeping apart',
      {
        cell: {
          sockets: sockets({
            receive_buffer_requested_bytes: 4_096,
            receive_buffer_bytes: 8_192,
            send_buffer_requested_bytes: 4_096,
            send_buffer_bytes: null,
          }),
        },
      },
    ],
    [
      'buffers on a platform that reports what it grants',
      {
        bufferFactor: 1,
        cell: {
          sockets: sockets({ receive_buffer_requested_bytes: 4_096, receive_buffer_bytes: 4_096 }),
        },
      },
    ],
  ])('%s is no reason', (_name, change) => {
    expect(verdictOf(change).status).toBe('VALID');
  });

  it('writes durations as reports do', () => {
    expect(
      verdictOf({ cell: { server: served({ use: stalled(1_214_740) }) } }).reasons[0]?.message,
    ).toContain('for 1.21 s');
    const micros = fc.oneof(fc.integer(), fc.integer({ min: -2e6, max: 2e6 }));
    fc.assert(
      fc.property(micros, (value) => {
        expect(duration(value)).toBe(formatMicros(value));
      }),
    );
  });

  it('blames a network only where there is one: the servers of the lab are on the machine of its subscribers', () => {
    const ledger = { ...sound.ledger, balanced: false, unattributed: 7 };
    const hintOf = (change: Change): string => verdictOf(change).reasons[0]?.hint ?? '';
    expect(hintOf({ cell: { ledger } })).toContain('so no network does');
    const server = {
      kind: 'target' as const,
      url: 'udp://10.0.0.1:7400',
      same_machine: false,
      common_clock: false,
      clock_offset_us: { min: null, max: null },
    };
    expect(hintOf({ cell: { ledger, server } })).toContain('look at the network');
  });

  it('one INVALID reason makes the cell INVALID, whatever else is only SUSPECT, and all are told', () => {
    const change: Change = { interrupted: true, sourceUnderruns: 2, cell: { rate_ratio: 0.5 } };
    expect(verdictOf(change).status).toBe('INVALID');
    expect(reasonsOf(change)).toEqual([
      'SUSPECT INTERRUPTED',
      'INVALID RATE_MISSED',
      'SUSPECT SOURCE_STARVED',
    ]);
    expect(verdictOf({ sourceUnderruns: 2, interrupted: true }).status).toBe('SUSPECT');
  });

  it('a dead worker is not also blamed for what its death left undone', () => {
    const failure = {
      code: 'LAB_ERR_WORKER_TIMEOUT',
      message: 'silent',
      hint: 'lower --rate',
    } as const;
    const ledger = { ...sound.ledger, balanced: false };
    expect(verdictOf({ failure, cell: { delivered: 0, ledger } }).reasons).toEqual([
      { code: 'WORKER_TIMEOUT', severity: 'INVALID', message: 'silent', hint: 'lower --rate' },
    ]);
  });

  it('who could not join and who was cut off is told by number and reason', () => {
    const failure = {
      code: 'LAB_ERR_MAX_CLIENTS',
      message: 'the server is full',
      count: 7,
    } as const;
    const { message } = verdictOf({ joinFailures: [failure], cell: { joined: 93 } }).reasons[0]!;
    expect(message).toContain('93 of 100');
    expect(message).toContain('7 × the server is full');
    expect(verdictOf({ cut: [failure] }).reasons[0]!.message).toContain('7 × LAB_ERR_MAX_CLIENTS');
  });

  it('every reason says what is wrong and what to do next', () => {
    for (const { message, hint } of verdictOf({
      interrupted: true,
      sourceUnderruns: 1,
      behind: true,
    }).reasons) {
      expect(message).not.toBe('');
      expect(hint).not.toBe('');
    }
  });
});
