/** Hand-made records of a cell, as its workers would have left them. */

import type { CellRecord } from '../../../bench/cell-record.js';
import { DEFAULT_CONFIG, type LocalCell, type RunConfig } from '../../../bench/config.js';
import type { CellFacts } from '../../../bench/figures/cell-result.js';
import type { ServerReport } from '../../../bench/ipc/server.js';
import type { SubscribersReport } from '../../../bench/ipc/subscribers.js';
import { unavailable } from '../../../bench/probe/round-trip.js';
import type { UsageReport } from '../../../bench/process/usage.js';
import { SecondsMerger } from '../../../bench/record/seconds.js';
import { newReordering } from '../../../bench/record/sequence-account.js';
import type { CellResult } from '../../../bench/result/result.js';
import { newServerCounters } from '../../../src/transports/counters.js';
import { countsOf } from './latencies.js';

/** Start of the window, µs. */
export const START = 1_700_000_000_000_000;

const WARMUP = 1_000_000;
/** 200 messages at 100/s, µs after t0. */
export const DUE: Float64Array = Float64Array.from({ length: 200 }, (_, i) => WARMUP + i * 10_000);

const probe = { host: '127.0.0.1', size_bytes: 40 };
const nothing = unavailable(probe, 'not asked', null);
const noEcho = { ...nothing, via: null };

export function usage(change: Partial<UsageReport> = {}): UsageReport {
  return {
    cpuMicros: 500_000,
    apartMicros: 1_000,
    windowCpuMicros: 400_000,
    windowMicros: 2_000_000,
    runQueueMicros: 100_000,
    loopUtilization: 0.25,
    loopDelayP99Micros: 900,
    loopDelayMaxMicros: 4_000,
    rssStartBytes: 50_000_000,
    rssBytes: 60_000_000,
    rssPeakBytes: 70_000_000,
    ...change,
  };
}

export function serverReport(change: Partial<ServerReport> = {}): ServerReport {
  return {
    range: { first: 101, last: 300 },
    behind: false,
    lastPublishedAt: START + 1_990_000,
    endedAt: START + 2_000_000,
    publishedPerSecond: [100, 100],
    lag: countsOf(Array.from({ length: 200 }, () => 30)),
    encodeMicros: 2,
    feedSha256: 'f'.repeat(64),
    meanMessageBytes: 98.5,
    totalSends: 3_000,
    segmentationRefused: 0,
    counters: { ...newServerCounters(), sends: 1_000, sendBytes: 200_000, sentMessages: 2_000 },
    traffic: { sends: 1_500, sendBytes: 300_000, received: 0 },
    usage: usage(),
    held: null,
    sourceUnderruns: 0,
    ...change,
  };
}

export function subscribersReport(change: Partial<SubscribersReport> = {}): SubscribersReport {
  return {
    joined: [10],
    delivered: 2_000,
    deliveredBytes: 197_000,
    lastDeliveredAt: START + 1_991_000,
    duplicates: 0,
    reordering: { ...newReordering(), unique: 2_000 },
    verified: 4,
    // 1 ms after the intended time, of which 30 µs were the generator's.
    service: countsOf(Array.from({ length: 2_000 }, () => 970)),
    // The kernel stamped none of the reads.
    receipt: countsOf(Array.from({ length: 2_000 }, () => 1_000)),
    instrument: countsOf([]),
    stamped: 0,
    ipdv: countsOf(Array.from({ length: 1_990 }, () => 0)),
    staleness: countsOf(Array.from({ length: 400 }, (_, i) => i * 100)),
    stalenessIdeal: countsOf(Array.from({ length: 400 }, (_, i) => i * 75)),
    repairs: null,
    jitters: new Float64Array(10),
    means: new Float64Array(10).fill(1_000),
    arrivals: {
      first: DUE.map((due) => START - WARMUP + due + 990),
      last: DUE.map((due) => START - WARMUP + due + 1_000),
      count: new Uint32Array(200).fill(10),
    },
    due: DUE,
    transit: { sum: 0, count: 0 },
    decodeMicros: 0.5,
    unbalanced: 0,
    late: 0,
    corrupt: 0,
    droppedByPolicy: 0,
    conflated: 0,
    kernelDrops: 0,
    network: 0,
    inLostDatagrams: 0,
    unexplained: 0,
    inFlight: 0,
    cut: [],
    datagrams: { received: 0, lost: 0, duplicated: 0, reordered: 0 },
    receiveBufferBytes: null,
    usage: usage(),
    ...change,
  };
}

/** 2 s at 100/s for 10 clients: 200 messages, 2,000 deliveries, each after 1 ms, unless changed. */
export function cellRecord(
  change: Partial<Omit<CellRecord, 'plan'>> & {
    readonly plan?: Partial<LocalCell>;
    readonly latencies?: readonly number[];
  } = {},
): CellRecord {
  const { plan, latencies, ...rest } = change;
  const seconds = new SecondsMerger(1);
  seconds.add(0, countsOf(latencies ?? Array.from({ length: 2_000 }, () => 1_000)));
  return {
    plan: {
      id: 'tcp/line-json/c10/r100/s40/d2000#1',
      kind: 'local',
      transport: 'tcp',
      codec: 'line-json',
      clients: 10,
      ratePerSecond: 100,
      sizeBytes: 40,
      durationMs: 2_000,
      flush: 'auto',
      link: 'none',
      repair: 'none',
      congestion: 'default',
      policy: 'drop-oldest',
      run: 1,
      ...plan,
    },
    window: {
      t0: START - WARMUP,
      start: START,
      end: START + 2_000_000,
      deadline: START + 5_000_000,
    },
    joined: 10,
    joinFailures: [],
    receiver: 'node',
    link: null,
    server: {
      kind: 'local',
      sendBufferBytes: null,
      sender: 'socket.write',
      congestionControl: 'cubic',
    },
    servers: [serverReport()],
    subscribers: [subscribersReport()],
    seconds,
    ping: nothing,
    kernel: null,
    ip: null,
    failure: null,
    interrupted: false,
    ...rest,
  };
}

export function facts(change: Partial<CellFacts> = {}, config: Partial<RunConfig> = {}): CellFacts {
  return {
    config: { ...DEFAULT_CONFIG, warmupMs: 1_000, ...config },
    baselines: { size_bytes: 40, ping: nothing, echo: { tcp: noEcho, udp: noEcho } },
    reliable: true,
    multicast: false,
    bufferFactor: 2,
    sizeBytes: 40,
    linkTraces: null,
    ...change,
  };
}

/** The codes of what a cell is not VALID for. */
export const codes = ({ verdict }: CellResult): string[] => verdict.reasons.map(({ code }) => code);
