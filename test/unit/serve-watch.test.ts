import { describe, expect, it } from 'vitest';
import type { LogFields, ServerLog } from '../../src/serve/log.js';
import type { ServerStats } from '../../src/serve/options.js';
import { Watch } from '../../src/serve/watch.js';
import { FakeClock } from './support/fake-clock.js';

const QUIET: ServerStats = {
  notReady: undefined,
  clients: 0,
  maxClients: 10,
  published: 0,
  publishedBytes: 0,
  forgottenKeys: 0,
  cut: 0,
  flushes: 0,
  flushMicros: 0,
  backlog: 0,
  transports: [],
  source: undefined,
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
  const start = (): Watch =>
    new Watch(
      clock,
      log,
      () => now.stats,
      () => undefined,
      takeLosses,
    );
  return { clock, now, start, take: () => lines.splice(0) };
}

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
