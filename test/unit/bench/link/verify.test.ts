import { describe, expect, it } from 'vitest';
import { PROFILE_NAMES } from '../../../../bench/link/spec/profiles.js';
import { refuseUnverified } from '../../../../bench/link/verify/judge.js';
import { probePlan } from '../../../../bench/link/verify/plan.js';
import { harmedDatagrams } from '../../../../bench/link/verify/probe-socket.js';
import { type Seen, specOf, verificationOf } from '../../../support/link/seen-link.js';

const ALL =
  'delay=10ms/jitter=5ms/loss=5%/burst=3/dup=2%/reorder=3%/corrupt=1%/rate=20mbit/uplink=15mbit';

function failed(seen: Seen): string[] {
  return verificationOf(seen)
    .checks.filter(({ ok }) => !ok)
    .map(({ direction, what }) => `${direction} ${what}`);
}

describe('a link that does what it was asked to', () => {
  it.each([
    ...PROFILE_NAMES,
    ALL,
    'delay=30ms/jitter=30ms',
    'loss=100%',
    'loss=every:7',
    'loss=list:2,3,4,900',
    'outage=100ms/300ms/loss=10%/burst=5',
    'trace=a.trace',
    'rate=1kbit',
    'rate=100gbit',
    'delay=10s',
  ])('passes: %s', (asked) => {
    expect(failed({ asked })).toEqual([]);
  });

  it('passes whatever its seed is', () => {
    const seeds = Array.from({ length: 200 }, (_, seed) => seed);
    const asked = 'delay=5ms/jitter=2ms/loss=2%/burst=3/dup=1%/corrupt=1%';
    expect(seeds.flatMap((seed) => failed({ asked, seed }))).toEqual([]);
  });
});

describe('a link that does another thing', () => {
  it.each([
    ['delay=20ms', 'delay=10ms', 'up delay p50'],
    ['delay=2ms', 'delay=1ms', 'down delay p99'],
    ['delay=20ms', 'delay=21ms', 'up delay p1'],
    ['delay=20ms/jitter=2ms', 'delay=20ms/jitter=1ms', 'up off its decided time, p90'],
    ['rate=10mbit', 'rate=5mbit', 'up rate'],
    ['rate=10mbit', 'rate=10.5mbit', 'down rate'],
    ['rate=40kbit', 'rate=20kbit', 'down rate'],
    ['uplink=10mbit', 'uplink=5mbit', 'down rate'],
    ['trace=a.trace', 'rate=4mbit/queue=1s', 'up rate'],
    ['loss=10%', 'loss=5%', 'up loss'],
    ['loss=10%/burst=5', 'loss=10%', 'up mean burst'],
    ['loss=1%', 'loss=0.5%', 'up packets of another fate than decided'],
    ['loss=every:100', 'loss=every:200', 'down loss'],
    ['loss=list:5,6', 'loss=list:5', 'up loss'],
    ['dup=20%', 'dup=10%', 'up duplicated'],
    ['corrupt=20%', 'corrupt=10%', 'up corrupted'],
    ['outage=100ms/200ms', 'none', 'up packets of another fate than decided'],
    ['none', 'loss=1%', 'up loss'],
    ['none', 'dup=1%', 'up duplicated'],
  ])('is refused: asked for %s, it does %s', (asked, done, what) => {
    const verification = verificationOf({ asked, done });
    expect(verification.passed).toBe(false);
    expect(failed({ asked, done })).toContain(what);
    expect(() => refuseUnverified(verification)).toThrow(
      expect.objectContaining({ code: 'LAB_ERR_LINK_UNVERIFIED' }),
    );
  });

  it('is refused when it decides by another seed, though it loses as many', () => {
    expect(failed({ asked: 'loss=5%', doneSeed: 2 })).toEqual([
      'up packets of another fate than decided',
      'down packets of another fate than decided',
    ]);
  });
});

describe('a link that is late', () => {
  it('is refused with the machine as the cause', () => {
    const late = verificationOf({ asked: 'delay=20ms', lateUs: 3_000 });
    expect(() => refuseUnverified(late)).toThrow(
      expect.objectContaining({
        message:
          'the emulated link does not do what it was asked to: up delay p1 is 23000 us, asked for 20000 (allowed: 19950 to 20350)',
        hint: expect.stringContaining('the machine is too busy'),
      }),
    );
    expect(() => refuseUnverified(verificationOf({ asked: 'delay=20ms' }))).not.toThrow();
  });
});

describe('the plan of the probes', () => {
  it.each(PROFILE_NAMES)('sends for about a second: %s', (name) => {
    for (const direction of ['up', 'down'] as const) {
      const { spaced, fill } = probePlan(specOf(name), direction);
      const lasts = (fill?.count ?? 0) * (fill?.everyUs ?? 0) + spaced.count * spaced.everyUs;
      expect(lasts).toBeLessThanOrEqual(1.1e6);
      expect(spaced.count).toBeGreaterThanOrEqual(50);
    }
  });
});

describe('datagrams that were harmed', () => {
  it('are those with errors that had room', () => {
    const table = [
      'Ip: Forwarding DefaultTTL',
      'Ip: 1 64',
      'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors',
      'Udp: 100 0 7 50 2 0 5',
      'UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors',
      'UdpLite: 0 0 0 0 0 0 0',
    ].join('\n');
    expect(harmedDatagrams(table)).toBe(5);
  });
});
