import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../src/transports/server/circuit-breaker.js';

interface Path {
  /** Datagrams a second, of which this share is lost, and µs of a round trip. */
  readonly rate: number;
  readonly loss: number;
  readonly roundTripUs: number;
}

/** A subscriber that reports once a second. */
function subscriber() {
  const breaker = new CircuitBreaker(0);
  const total = { now: 0, sent: 0, lost: 0, highest: 0 };
  /** What the breaker says at the end of each of so many seconds. */
  const seconds = (count: number, { rate, loss, roundTripUs }: Path): string =>
    Array.from({ length: count }, () => {
      total.now += 1_000_000;
      total.sent += rate;
      total.lost += Math.round(rate * loss);
      if (loss < 1) total.highest = total.sent;
      const { now, sent, lost, highest } = total;
      return breaker.reported({ highest, lost }, { sent, roundTripUs, now })[0];
    }).join('');
  return { breaker, seconds };
}

describe('a circuit breaker', () => {
  // 1,000 a second and 100 ms are 100 datagrams in a round trip: the bound is 150 / 100² = 1.5 %.
  const fast = { rate: 1_000, roundTripUs: 100_000 };

  it('stays closed below ten times the rate of TCP, for ever', () => {
    const { seconds } = subscriber();
    expect(seconds(200, { ...fast, loss: 0.014 })).toBe('c'.repeat(200));
  });

  it('reduces after three bad intervals in a row, and opens after five more', () => {
    const { seconds } = subscriber();
    expect(seconds(9, { ...fast, loss: 0.016 })).toBe('ccrrrrroo');
  });

  it('is as right at another rate and round trip', () => {
    // 400 a second and 50 ms are 20: 150 / 20² = 37.5 %.
    const path = { rate: 400, roundTripUs: 50_000 };
    expect(subscriber().seconds(20, { ...path, loss: 0.37 })).toBe('c'.repeat(20));
    expect(subscriber().seconds(8, { ...path, loss: 0.38 })).toBe('ccrrrrro');
  });

  it('never minds loss of who is sent less than 13 datagrams in a round trip', () => {
    const { seconds } = subscriber();
    expect(seconds(100, { rate: 1_200, loss: 0.99, roundTripUs: 10_000 })).toBe('c'.repeat(100));
  });

  it('never minds what a full buffer of this machine loses: its round trips are too short', () => {
    const { seconds } = subscriber();
    expect(seconds(50, { rate: 20_000, loss: 0.6, roundTripUs: 300 })).toBe('c'.repeat(50));
  });

  it('minds no loss as long as no round trip is known', () => {
    const { seconds } = subscriber();
    const path = { ...fast, roundTripUs: Number.POSITIVE_INFINITY };
    expect(seconds(50, { ...path, loss: 0.9 })).toBe('c'.repeat(50));
  });

  it('begins to count again after one good interval', () => {
    const { seconds } = subscriber();
    const [bad, good] = [
      { ...fast, loss: 0.1 },
      { ...fast, loss: 0 },
    ];
    expect(seconds(2, bad) + seconds(1, good) + seconds(2, bad) + seconds(1, good)).toBe('cccccc');
  });

  it('opens where nothing arrives, however short the round trip, but not for a few datagrams', () => {
    const dead = { rate: 10, loss: 1, roundTripUs: 100 };
    // The first second has none before it.
    expect(subscriber().seconds(10, dead)).toBe('cccrrrrroo');
    expect(subscriber().seconds(50, { ...dead, rate: 9 })).toBe('c'.repeat(50));
    expect(subscriber().seconds(50, { ...dead, rate: 0 })).toBe('c'.repeat(50));
  });

  it('closes again after thirty good intervals, and not before', () => {
    const { seconds } = subscriber();
    seconds(3, { ...fast, loss: 0.1 });
    expect(seconds(31, { ...fast, loss: 0 })).toBe(`${'r'.repeat(29)}cc`);
  });

  it('reduces who is silent, and closes soon when it is heard again', () => {
    const { breaker, seconds } = subscriber();
    breaker.silent();
    expect(breaker.state).toBe('reduced');
    expect(seconds(4, { ...fast, loss: 0 })).toBe('rrcc');
  });

  it('takes REPORTs that come sooner together', () => {
    const breaker = new CircuitBreaker(0);
    const states = new Set<string>();
    for (let i = 1; i <= 80; i++) {
      const view = { sent: 10 * i, roundTripUs: 1e6, now: 10_000 * i };
      states.add(breaker.reported({ highest: 10 * i, lost: 5 * i }, view));
    }
    expect([...states]).toEqual(['closed']);
  });

  it('counts on when the numbers of datagrams wrap, and takes those that go back for none', () => {
    const states = (from: number, step: number): string => {
      const breaker = new CircuitBreaker(0);
      return Array.from({ length: 20 }, (_, i) => {
        const view = { sent: 100 * (i + 1), roundTripUs: 1e6, now: 1e6 * (i + 1) };
        return breaker.reported({ highest: (from + step * (i + 1)) >>> 0, lost: 0 }, view)[0];
      }).join('');
    };
    expect(states(2 ** 32 - 500, 100)).toBe('c'.repeat(20));
    expect(states(1_000, -1)).toMatch(/^c+r{5}o+$/);
  });
});
