/** Hand-made valid results of such cells. */
import { RESULT_MINOR } from '../../../bench/result/migrations/migrate.js';
import {
  type Baselines,
  type CellResult,
  type LabResult,
  RESULT_SCHEMA,
  resultSchema,
  type VerdictReason,
} from '../../../bench/result/result.js';
import { makeCell, makeRoundTrip, NO_PING } from './cell-factory.js';

function makeBaselines(overrides: Partial<Baselines> = {}): Baselines {
  return {
    size_bytes: 128,
    ping: makeRoundTrip(),
    echo: {
      tcp: {
        ...makeRoundTrip({
          rtt_us: { min: 52, avg: 88, p50: 81, max: 310, mdev: 40 },
          sent: 100,
          received: 100,
        }),
        via: 'native',
      },
      udp: {
        ...makeRoundTrip({
          rtt_us: { min: 49, avg: 79, p50: 74, max: 290, mdev: 35 },
          sent: 100,
          received: 100,
        }),
        via: 'native',
      },
    },
    ...overrides,
  };
}

/**
 * A result holding these cells; it is checked against the schema, so no test can rest on an
 * impossible one.
 */
export function makeResult(
  cells: readonly CellResult[],
  overrides: Partial<LabResult> = {},
): LabResult {
  const distinct = <T>(of: (cell: CellResult) => T): T[] => [...new Set(cells.map(of))];
  return resultSchema.parse({
    schema: RESULT_SCHEMA,
    schema_minor: RESULT_MINOR,
    tool: { name: 'streampulse-lab', version: '0.1.0' },
    startedAt: '2026-11-21T19:40:00.000Z',
    duration_s: 52.4,
    command:
      'lab run --transport tcp,udp --codec line-json,msgpack --clients 100 --rate 1k --seed 7',
    seed: 7,
    incomplete: false,
    config: {
      supplied: ['--clients', '100'],
      effective: {
        server: {
          kind: 'local',
          ...{
            source: 'synthetic',
            symbols: 50,
            links: [...new Set(cells.map((cell) => cell.link ?? 'none'))],
            repairs: ['none'],
            congestions: ['default'],
            stacks: null,
            flush: 'auto',
          },
          ...{ policy: 'drop-oldest', port: 0, shards: 1 },
        },
        transports: distinct((cell) => cell.transport),
        codecs: distinct((cell) => cell.codec),
        clients: distinct((cell) => cell.clients),
        rates_per_s: distinct((cell) => cell.rate_per_s ?? 0),
        sizes_bytes: distinct((cell) => cell.size_bytes ?? 0),
        durations_s: distinct((cell) => cell.duration_s),
        warmup_s: 1,
        repeat: Math.max(1, ...cells.map((cell) => cell.run)),
        ci_target: null,
        ci_metric: null,
        max_repeat: null,
        seed: 7,
        speed: null,
        host: '127.0.0.1',
        transport_options: {
          tcp: {},
          udp: {
            datagram_bytes: 1400,
            receive_buffer_bytes: null,
            send_buffer_bytes: null,
            udp_sender: 'auto',
          },
        },
        tmax_s: 3,
        subscriber_processes: 1,
        inject: null,
      },
    },
    environment: {
      os: 'Debian GNU/Linux 13',
      kernel: '6.12.0',
      arch: 'x64',
      cpu: 'AMD EPYC 7B13',
      cores: 2,
      cpu_quota_cores: null,
      memory_bytes: 8_589_934_592,
      governor: null,
      node: 'v20.19.5',
      load_average_1m: 0.42,
      open_files_limit: 65_536,
      sysctls: { 'net.core.rmem_max': '212992', 'net.ipv4.tcp_wmem': null },
      git: null,
      unknown: ['CPU governor: no cpufreq in this virtual machine'],
      doctor: [
        { check: 'governor', status: 'unknown', value: 'no cpufreq here', advice: null },
        {
          check: 'cores',
          status: 'warn',
          value: '2',
          advice: 'use a machine with 4 cores or more',
        },
        { check: 'open files', status: 'ok', value: '65536', advice: null },
        {
          check: 'clock source',
          status: 'bad',
          value: 'hpet',
          advice: 'echo tsc | sudo tee $CLOCK',
        },
      ],
    },
    noise_floor_us: { p50: 9, p99: 48, max: 310 },
    baselines: makeBaselines(),
    baselines_other_sizes: [],
    links: [],
    thresholds: [],
    repeat: {
      mode: 'fixed',
      runs: Math.max(1, ...cells.map((cell) => cell.run)),
      metric: null,
      target: null,
      outcome: 'fixed',
    },
    cells,
    ...overrides,
  });
}

export const LEDGER_OPEN: VerdictReason = {
  code: 'LEDGER_UNBALANCED',
  severity: 'INVALID',
  message: '0.31 % of the expected messages are in no account of the ledger.',
  hint: 'Raise `net.core.rmem_max` and run the cell again with `--receive-buffer 8M`.',
};

export const SMALL_BUFFER: VerdictReason = {
  code: 'BUFFER_CAPPED',
  severity: 'SUSPECT',
  message: 'The kernel gave a receive buffer of 416 KiB where 4 MiB were requested.',
  hint: 'sysctl -w net.core.rmem_max=8388608',
};

/**
 * The four pairs of a quick run: one workload, nothing wrong but one warning and one INVALID cell.
 */
export function makeMatrix(): LabResult {
  return makeResult([
    makeCell({ transport: 'tcp', codec: 'line-json', medianUs: 1150, cpuUs: 1.31, bytes: 131 }),
    makeCell({ transport: 'tcp', codec: 'msgpack', medianUs: 980, cpuUs: 1.02, bytes: 96 }),
    makeCell({
      transport: 'udp',
      codec: 'line-json',
      medianUs: 640,
      cpuUs: 6.9,
      bytes: 155,
      dropped: 3100,
      reasons: [SMALL_BUFFER],
    }),
    makeCell({
      transport: 'udp',
      codec: 'msgpack',
      medianUs: 610,
      cpuUs: 6.4,
      bytes: 120,
      dropped: 48_000,
      reasons: [LEDGER_OPEN, SMALL_BUFFER],
    }),
  ]);
}

/** Interrupted after three seconds of one small cell, on a machine without ping. */
export function makeInterrupted(): LabResult {
  const cell = makeCell({ clients: 2, rate: 20, seconds: 3 }, { incomplete: true });
  const ping: CellResult['ping'] = {
    under_load: NO_PING,
    reference: 'echo-tcp',
    reference_rtt_us: { min: 52, avg: 88, p50: 81, max: 310, mdev: 40 },
  };
  const ratio = {
    p50: cell.latency_us.p50! / 40.5,
    p99: null,
    reason: 'too few samples for a p99',
  };
  return makeResult([{ ...cell, ping, ping_ratio: ratio }], {
    incomplete: true,
    baselines: makeBaselines({ ping: NO_PING }),
  });
}
