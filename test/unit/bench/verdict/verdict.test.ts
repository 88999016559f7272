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
/** Of a cell in which nothing had to be repaired. */
const repairs: CellResult['repairs'] = {
  naks: 0,
  naks_received: 0,
  sent: 0,
  sent_bytes: 0,
  overhead: 0,
  repaired: 0,
  late: 0,
  superseded: 0,
  repair_us: { p50: null, p99: null, max: null },
  spurious: 0,
  futile: 0,
  gone: 0,
  withheld: 0,
  redundancy: null,
};
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
  repairDeadlineMs: 500,
  server: { kind: 'local', sendBufferBytes: null, sender: 'write', congestionControl: null },
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
const busy = (loop_utilization: number, busiest_cores = 0.9): ProcessUse => ({
  ...use,
  loop_utilization,
  busiest_cores,
});
const delayed = (p99: number, max: number): ProcessUse => ({
  ...use,
  loop_delay_us: { p99, max },
});
const waiting = (run_queue_ratio: number | null): ProcessUse => ({ ...use, run_queue_ratio });
const kernel = (change: Partial<CellResult['kernel']>) => ({ ...sound.kernel, ...change });
/** Of a cell whose arrivals the kernel tells: 99th percentiles, µs. */
const stamped = (instrument: number, receipt: number) => ({
  latency_at: 'arrival' as const,
  instrument_us: latency({ p99: instrument }),
  receipt_us: latency({ p99: receipt }),
});
/** What server and subscribers use between them, each as `waiting` does. */
const OURS = 2 * (use.cpu_cores ?? 0);
const throttled = (periods_ratio: number | null) =>
  kernel({
    cpu_quota_cores: 0.4,
    cpu_throttled: {
      group: '/sys/fs/cgroup/lab',
      periods_ratio,
      cpu_s: 7,
      window_ratio: 0.7,
    },
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
    ['SUSPECT BACKLOG_AT_END', { cell: { drain_s: 0.61, duration_s: 1, repairs } }],
    ['INVALID READINESS_INCOMPLETE', { cell: { joined: sound.clients - 1 } }],
    ['INVALID SUBSCRIBERS_CUT', { cut: [{ code: 'LAB_ERR_LAGGED', message: 'slow', count: 3 }] }],
    ['INVALID NOTHING_DELIVERED', { cell: { delivered: 0 } }],
    ['INVALID RATE_MISSED', { cell: { rate_ratio: 0.9899 } }],
    ['INVALID RATE_MISSED', { cell: { rate_ratio: null }, behind: true }],
    ['SUSPECT FEED_BLOCKED', { cell: { rate_ratio: 0.9, server: served({ policy: 'block' }) } }],
    [
      'INVALID FEED_BLOCKED',
      {
        cell: { rate_ratio: 0.9, server: served({ policy: 'block/messages=100' }) },
        behind: true,
      },
    ],
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
    ['SUSPECT SERVER_STARVED', { cell: { server: served({ use: busy(1, 0.17) }) } }],
    ['SUSPECT SUBSCRIBER_STARVED', { cell: { clients_use: busy(0.9, 0.79) } }],
    [
      'SUSPECT PROCESS_STALLED',
      { cell: { clients_use: delayed(1, 300_000), receipt_us: latency({ p99: 225_000 }) } },
    ],
    [
      'SUSPECT INSTRUMENT_DOMINATES',
      { cell: { clients_use: delayed(7_001, 9_000), receipt_us: latency({ p99: 10_000 }) } },
    ],
    ['SUSPECT ARRIVAL_UNDATED', { cell: { delivered: 10_000, undated: 1_001 } }],
    ['SUSPECT INSTRUMENT_DOMINATES', { cell: stamped(1_001, 2_001) }],
    ['SUSPECT INSTRUMENT_DOMINATES', { cell: stamped(5_001, 10_000) }],
    [
      'SUSPECT CPU_CONTENDED',
      { cell: { clients_use: waiting(0.151), kernel: kernel({ cpu_busy_cores: OURS + 0.26 }) } },
    ],
    [
      'SUSPECT CPU_CONTENDED',
      {
        cell: {
          link: '4g',
          clients_use: waiting(0.151),
          kernel: kernel({ cpu_busy_cores: OURS + 1.26, cpu_link_cores: 1 }),
        },
      },
    ],
    [
      'SUSPECT CPU_CONTENDED',
      {
        cell: {
          server: served({ use: waiting(null) }),
          clients_use: waiting(null),
          kernel: kernel({ cpu_busy_cores: OURS + 0.26, cpu_pressure_ratio: 0.151 }),
        },
      },
    ],
    [
      'SUSPECT CPU_CONTENDED',
      {
        cell: {
          server: served({ use: waiting(0.51) }),
          clients_use: waiting(0.1),
          kernel: kernel({ cpu_busy_cores: OURS + 0.1 }),
        },
      },
    ],
    ['SUSPECT CPU_THROTTLED', { cell: { kernel: throttled(0.011) } }],
    ['SUSPECT CPU_THROTTLED', { cell: { clients_use: waiting(0.9), kernel: throttled(0.9) } }],
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
    [
      'a drain of what the deadline of repair allows besides',
      { cell: { drain_s: 0.6, duration_s: 1, repairs } },
    ],
    ['a rate missed by exactly 1 %', { cell: { rate_ratio: 0.99 } }],
    ['a rate that cannot be told', { cell: { rate_ratio: null } }],
    [
      'a busy loop just below 90 %',
      { cell: { server: served({ use: busy(0.8999) }), clients_use: busy(0.8999) } },
    ],
    [
      'a server that stood still: every message that was due meanwhile shows it',
      { cell: { server: served({ use: delayed(1, 2_000_000) }) } },
    ],
    [
      'a pause of a subscriber process as any garbage collector makes it',
      { cell: { clients_use: delayed(1, 99_999) } },
    ],
    [
      'a pause that is small beside the latency',
      { cell: { clients_use: delayed(1, 300_000), receipt_us: latency({ p99: 600_000 }) } },
    ],
    [
      'an event-loop delay of half of the latency, timer apart',
      { cell: { clients_use: delayed(7_000, 9_000), receipt_us: latency({ p99: 10_000 }) } },
    ],
    [
      'an event-loop delay that is that of its timer, however short the latency is',
      { cell: { clients_use: delayed(3_000, 9_000), latency_us: latency({ p50: 200, p99: 400 }) } },
    ],
    [
      'a server that uses all of a quota below a core',
      {
        cell: {
          server: served({ use: busy(0.85, 0.3) }),
          kernel: throttled(0),
        },
      },
    ],
    [
      'waiting for a CPU for 15 % of the window while others use it',
      { cell: { clients_use: waiting(0.15), kernel: kernel({ cpu_busy_cores: OURS + 1 }) } },
    ],
    [
      'waiting for a CPU while the emulator of the link uses it: that is the lab',
      {
        cell: {
          link: '4g',
          clients_use: waiting(0.5),
          kernel: kernel({ cpu_busy_cores: OURS + 1.25, cpu_link_cores: 1 }),
        },
      },
    ],
    [
      'processes of the lab that wait for each other, for half of the window',
      { cell: { clients_use: waiting(0.5), kernel: kernel({ cpu_busy_cores: OURS + 0.25 }) } },
    ],
    ['a quota that is never used up', { cell: { kernel: throttled(0.01) } }],
    ['a quota whose periods nobody counts', { cell: { kernel: throttled(null) } }],
    [
      'a lag below a millisecond',
      { cell: { server: lag({ p99: 999 }), latency_us: latency({ p50: 100 }) } },
    ],
    [
      'a lag no higher than the latency',
      { cell: { server: lag({ p99: 5_000 }), latency_us: latency({ p50: 5_000 }) } },
    ],
    ['an instrument of half of the receipt', { cell: stamped(5_000, 10_000) }],
    ['an instrument of a millisecond', { cell: stamped(1_000, 1_100) }],
    [
      'an event loop that is late where the kernel says when a message arrived',
      { cell: { ...stamped(500, 10_000), clients_use: delayed(9_000, 9_000) } },
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
      verdictOf({ cell: { clients_use: delayed(1, 1_214_740) } }).reasons[0]?.message,
    ).toContain('for 1.21 s');
    const micros = fc.oneof(fc.integer(), fc.integer({ min: -2e6, max: 2e6 }));
    fc.assert(
      fc.property(micros, (value) => {
        expect(duration(value)).toBe(formatMicros(value));
      }),
    );
  });

  it('says who used the CPU, how long the lab waited, and the share that a quota took', () => {
    const message = (change: Change): string => verdictOf(change).reasons[0]?.message ?? '';
    expect(
      message({
        cell: { clients_use: waiting(0.31), kernel: kernel({ cpu_busy_cores: OURS + 1.7 }) },
      }),
    ).toBe(
      'a thread of the server waited for a CPU 4.0 % of the window, a thread of a subscriber process waited for a CPU 31.0 % of the window, something did 8.0 % of it (PSI), others on this machine used 1.70 cores',
    );
    expect(message({ cell: { kernel: throttled(0.96) } })).toBe(
      'the lab used up its quota of 0.4 CPUs in 96.0 % of the periods and stood still for the rest of them, for 70.0 % of the window (7.00 s, over all CPUs): control group /sys/fs/cgroup/lab',
    );
  });

  it('says that the server is at its limit only where its own CPU agrees, which a quota bounds', () => {
    const hint = (cores: number, change: Partial<CellResult['kernel']> = {}): string =>
      verdictOf({
        cell: { server: served({ use: busy(0.95, cores) }), kernel: kernel(change) },
      }).reasons.find(({ code }) => code.startsWith('SERVER'))?.hint ?? '';
    expect(hint(0.81)).toContain('the server is at its limit');
    expect(hint(0.17)).toContain('this says nothing of the limit of the server');
    expect(hint(0.35, { cpu_quota_cores: 0.4 })).toContain('the server is at its limit');
    const missed = { rate_ratio: 0.5 };
    const rateHint = (cores: number): string =>
      verdictOf({ cell: { ...missed, server: served({ use: busy(0.5, cores) }) } }).reasons[0]
        ?.hint ?? '';
    expect(rateHint(0.9)).toContain('this machine cannot generate the load');
    expect(rateHint(0.17)).toContain('it used 0.17 of a core, so what it can carry is not known');
  });

  it('does not call a server of this machine that is not the lab’s a stranger to the CPU', () => {
    const server = {
      kind: 'target' as const,
      url: 'tcp://127.0.0.1:7400',
      epochs: [],
      same_machine: true,
      common_clock: true,
      clock_correction_us: 0,
      latency_error_us: 0,
      clock_offset_us: { min: 0, max: 0 },
    };
    const codes = (wait: number): string[] =>
      reasonsOf({
        cell: { server, clients_use: waiting(wait), kernel: kernel({ cpu_busy_cores: 1.9 }) },
      });
    expect(codes(0.3)).not.toContain('SUSPECT CPU_CONTENDED');
    expect(codes(0.6)).toContain('SUSPECT CPU_CONTENDED');
  });

  it('blames a network only where there is one: the servers of the lab are on the machine of its subscribers', () => {
    const ledger = { ...sound.ledger, balanced: false, unattributed: 7 };
    const hintOf = (change: Change): string => verdictOf(change).reasons[0]?.hint ?? '';
    expect(hintOf({ cell: { ledger } })).toContain('so no network does');
    const server = {
      kind: 'target' as const,
      url: 'udp://10.0.0.1:7400',
      epochs: [],
      same_machine: false,
      common_clock: false,
      clock_correction_us: null,
      latency_error_us: null,
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
    expect(verdictOf({ cut: [failure] }).reasons[0]!.message).toContain(
      '7 × LAB_ERR_MAX_CLIENTS: the server is full',
    );
  });

  it('an option that an error begins with is marked as one, so that a command line names its flag', () => {
    const failure = {
      code: 'LAB_ERR_UDP_SENDER',
      message: 'udpSender gso cannot be used here',
      option: 'udpSender',
    } as const;
    const marked = '`udpSender` gso cannot be used here';
    expect(verdictOf({ failure }).reasons[0]!.message).toBe(marked);
    const { message } = verdictOf({
      joinFailures: [{ ...failure, count: 2 }],
      cell: { joined: 98 },
    }).reasons[0]!;
    expect(message).toContain(`2 × ${marked}`);
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
