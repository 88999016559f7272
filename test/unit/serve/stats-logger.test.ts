import { describe, expect, it } from 'vitest';
import type { LogFields, ServerLog } from '../../../src/serve/log.js';
import type { ServerStats, TransportStats } from '../../../src/serve/stats.js';
import { StatsLogger } from '../../../src/serve/watch/stats-logger.js';
import type { SourceStats } from '../../../src/sources/source.js';
import type { PacketCounters } from '../../../src/transports/counters.js';
import { newPacketCounters, newServerCounters } from '../../../src/transports/counters.js';
import { FakeClock } from '../../support/core/fake-clock.js';

const QUIET: ServerStats = {
  notReady: undefined,
  clients: 0,
  maxClients: 10,
  published: 0,
  publishedBytes: 0,
  forgottenKeys: 0,
  disconnectedForLag: 0,
  sinkErrors: 0,
  refusedMessages: 0,
  truncatedReplays: 0,
  flushes: 0,
  flushMicros: 0,
  backlog: 0,
  clock: { steps: 0, stepMicros: 0 },
  transports: [],
  source: undefined,
  http: undefined,
};

/** A watch over figures that a test sets. */
function rig() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const level =
    (name: string) =>
    (fields: LogFields, message: string): void => {
      lines.push(`${name} ${message} ${JSON.stringify(fields)}`);
    };
  const log: ServerLog = {
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
  };
  const now = { stats: QUIET, losses: { clients: 0, messages: 0 } };
  const takeLosses = (): typeof now.losses => {
    const taken = now.losses;
    now.losses = { clients: 0, messages: 0 };
    return taken;
  };
  const start = (): StatsLogger =>
    new StatsLogger(
      clock,
      log,
      () => now.stats,
      () => undefined,
      takeLosses,
    );
  return { clock, now, start, take: () => lines.splice(0) };
}

describe('clients that are given up', () => {
  it('are told by their reason, once a second at most, and so are connections that made room', () => {
    const { clock, now, start, take } = rig();
    const tcp = { ...newServerCounters(), name: 'tcp', url: 'tcp://h:1', clients: 0 };
    now.stats = { ...QUIET, transports: [tcp] };
    start();
    now.stats = {
      ...QUIET,
      transports: [{ ...tcp, stalled: 2, unreachable: 1, refused: 7, evicted: 7 }],
    };
    clock.advance(1_000);
    expect(take()).toEqual([
      'info subscriptions refused {"transport":"tcp","subscriptions":7,"full":false}',
      'info clients that did not answer given up {"transport":"tcp","clients":2,"reason":"stalled"}',
      'info clients that did not answer given up {"transport":"tcp","clients":1,"reason":"unreachable"}',
      'info connections without a subscription made room for others {"transport":"tcp","connections":7}',
    ]);
    clock.advance(10_000);
    expect(take()).toEqual([]);
  });

  it('are told when they lose too much: first that they are paced, then that they are ended', () => {
    const { clock, now, start, take } = rig();
    const udp = { ...newServerCounters(), name: 'udp', url: 'udp://h:1', clients: 0 };
    now.stats = { ...QUIET, transports: [udp] };
    start();
    now.stats = { ...QUIET, transports: [{ ...udp, reduced: 3 }] };
    clock.advance(1_000);
    now.stats = { ...QUIET, transports: [{ ...udp, reduced: 3, congested: 2 }] };
    clock.advance(1_000);
    expect(take()).toEqual([
      'info clients that lost too much, or were silent, are paced and not repaired {"transport":"udp","clients":3}',
      'warn clients ended that kept losing too much of what they were sent {"transport":"udp","clients":2}',
    ]);
  });
});

describe('what clients lose by policy', () => {
  it('is a warning at once, then one every ten seconds at most, and nothing goes untold', () => {
    const { clock, now, start, take } = rig();
    const watch = start();
    clock.advance(5_000);
    expect(take()).toEqual([]);
    const said: string[][] = [];
    for (let second = 1; second <= 21; second++) {
      now.losses = { clients: 2, messages: now.losses.messages + 100 };
      clock.advance(1_000);
      const lines = take();
      if (lines.length > 0) said.push([String(second), ...lines]);
    }
    const line = (messages: number): string =>
      `warn clients missed messages that are no longer retained {"clients":2,"messages":${messages}}`;
    expect(said).toEqual([
      ['1', line(100)],
      ['11', line(1_000)],
      ['21', line(1_000)],
    ]);
    now.losses = { clients: 1, messages: 7 };
    watch.stop();
    expect(take()).toEqual([
      'warn clients missed messages that are no longer retained {"clients":1,"messages":7}',
    ]);
  });
});

describe('a flood', () => {
  /** A UDP server with these counters, of a host that has dropped so many connections. */
  const udp = (
    {
      answered,
      ...more
    }: Partial<TransportStats> & { answered?: Partial<PacketCounters['answered']> },
    drops?: number,
  ): ServerStats => {
    const packets = newPacketCounters();
    Object.assign(packets.answered, answered);
    packets.received.hello = packets.answered.retry;
    const transport = {
      ...newServerCounters(),
      name: 'udp',
      url: 'udp://h:1',
      clients: 0,
      packets,
      ...more,
    };
    const hostListen = { overflows: undefined, drops };
    return { ...QUIET, transports: [transport], hostListen };
  };

  it('of HELLOs that nobody follows up is a warning at once, and then every ten seconds while it goes on', () => {
    const { clock, now, start, take } = rig();
    now.stats = udp({});
    const watch = start();
    const said: string[] = [];
    for (let second = 1; second <= 12; second++) {
      now.stats = udp({ answered: { retry: 5_000 * second } });
      clock.advance(1_000);
      said.push(...take().map((line) => `${second} ${line}`));
    }
    const text = 'warn a flood of HELLOs from addresses that prove nothing';
    expect(said).toEqual([
      `1 ${text} {"transport":"udp","hellos":5000,"total":5000}`,
      `11 ${text} {"transport":"udp","hellos":50000,"total":55000}`,
    ]);
    watch.stop();
    expect(take()).toEqual([`${text} {"transport":"udp","hellos":5000,"total":60000}`]);
  });

  it('is none when clients come by the thousand, or strangers one by one', () => {
    const { clock, now, start, take } = rig();
    now.stats = udp({});
    start();
    for (let second = 1; second <= 20; second++) {
      const retry = 9_999 * second;
      now.stats = udp({
        answered: { retry, accept: 5_000 * second, accept_again: 9, reject: 4_000 * second },
      });
      clock.advance(1_000);
    }
    expect(take()).toEqual([]);
  });

  it('of nonsense or of refusals is a warning, less is a note', () => {
    const { clock, now, start, take } = rig();
    now.stats = udp({});
    start();
    now.stats = udp({ malformed: 999, refused: 999 });
    clock.advance(1_000);
    now.stats = udp({ malformed: 1_999, refused: 1_999 });
    clock.advance(1_000);
    expect(take()).toEqual([
      'info subscriptions refused {"transport":"udp","subscriptions":999,"full":false}',
      'info input that made no sense {"transport":"udp","count":999}',
      'warn subscriptions refused {"transport":"udp","subscriptions":1000,"full":false}',
      'warn input that made no sense {"transport":"udp","count":1000}',
    ]);
  });

  it('that the kernel drops is a warning: of datagrams from the first on, of connections what is new', () => {
    const { clock, now, start, take } = rig();
    now.stats = udp({});
    start();
    clock.advance(1_000);
    now.stats = udp({ kernelReceiveDrops: 7 }, 40);
    clock.advance(1_000);
    const datagrams =
      'warn datagrams of clients dropped by the kernel: more came than could be read';
    const connections =
      'warn TCP connections dropped by the kernel, of whichever server of this host';
    expect(take()).toEqual([`${datagrams} {"transport":"udp","datagrams":7,"total":7}`]);
    now.stats = udp({ kernelReceiveDrops: 8 }, 41);
    clock.advance(1_000);
    expect(take()).toEqual([`${connections} {"connections":1,"total":41}`]);
    now.stats = udp({ kernelReceiveDrops: 9 }, 41);
    clock.advance(9_000);
    expect(take()).toEqual([`${datagrams} {"transport":"udp","datagrams":2,"total":9}`]);
    // No longer known is no longer grown.
    now.stats = udp({});
    clock.advance(30_000);
    expect(take()).toEqual([]);
  });
});

describe('trouble between a source and its service', () => {
  const status = (upstream: SourceStats): ServerStats => ({
    ...QUIET,
    source: {
      name: 'finnhub',
      state: 'feeding',
      items: 0,
      rejected: 0,
      errors: 0,
      ageSeconds: undefined,
      upstream,
    },
  });
  const trouble = (kind: string, errors: number, total: number): string =>
    `warn the source has trouble with its service {"source":"finnhub","kind":"${kind}","errors":${errors},"total":${total}}`;
  const over = (kind: string, total: number): string =>
    `info the source is over its trouble {"source":"finnhub","kind":"${kind}","total":${total}}`;

  it('is a warning when it first occurs, even before the watch began, then once a minute of each kind with its count', () => {
    const { clock, now, start, take } = rig();
    now.stats = status({ upstreamErrors: { rate_limited: 1, malformed: 0 }, lastGoodAt: null });
    const watch = start();
    clock.advance(1_000);
    expect(take()).toEqual([trouble('rate_limited', 1, 1)]);
    now.stats = status({ upstreamErrors: { rate_limited: 5, malformed: 2 }, lastGoodAt: null });
    clock.advance(1_000);
    expect(take()).toEqual([trouble('malformed', 2, 2)]);
    clock.advance(58_000);
    expect(take()).toEqual([]);
    clock.advance(1_000);
    expect(take()).toEqual([trouble('rate_limited', 4, 5)]);
    now.stats = status({ upstreamErrors: { rate_limited: 6, malformed: 2 }, lastGoodAt: null });
    clock.advance(3_600);
    expect(take()).toEqual([]);
    watch.stop();
    expect(take()).toEqual([trouble('rate_limited', 1, 6)]);
  });

  it('is over, and said so once, when it has not occurred for ten seconds and something good has come', () => {
    const { clock, now, start, take } = rig();
    const upstreamErrors = { server: 3 };
    now.stats = status({ upstreamErrors, lastGoodAt: clock.now() });
    start();
    clock.advance(1_000);
    expect(take()).toEqual([trouble('server', 3, 3)]);
    clock.advance(60_000);
    // Nothing bad, but nothing good either: nobody asked.
    expect(take()).toEqual([]);
    now.stats = status({ upstreamErrors, lastGoodAt: clock.now() });
    clock.advance(60_000);
    expect(take()).toEqual([over('server', 3)]);
    now.stats = status({ upstreamErrors: { server: 4 }, lastGoodAt: clock.now() });
    clock.advance(1_000);
    expect(take()).toEqual([trouble('server', 1, 4)]);
    now.stats = status({ upstreamErrors: { server: 4 }, lastGoodAt: clock.now() + 5_000_000 });
    clock.advance(9_000);
    expect(take()).toEqual([]);
    clock.advance(1_000);
    expect(take()).toEqual([over('server', 4)]);
  });

  it('with the stream is over when it streams again, and with a symbol when none is missing, whatever polling says', () => {
    const { clock, now, start, take } = rig();
    const upstreamErrors = { unknown_symbol: 1, stream_refused: 1 };
    const lastGoodAt = Number.MAX_SAFE_INTEGER;
    now.stats = status({ upstreamErrors, lastGoodAt, streaming: false, missing: ['A'] });
    start();
    clock.advance(20_000);
    expect(take()).toEqual([trouble('unknown_symbol', 1, 1), trouble('stream_refused', 1, 1)]);
    now.stats = status({ upstreamErrors, lastGoodAt, streaming: true, missing: ['A'] });
    clock.advance(1_000);
    expect(take()).toEqual([over('stream_refused', 1)]);
    now.stats = status({ upstreamErrors, lastGoodAt, streaming: true, missing: [] });
    clock.advance(1_000);
    expect(take()).toEqual([over('unknown_symbol', 1)]);
  });
});
