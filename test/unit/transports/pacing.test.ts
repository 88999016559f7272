import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacing } from '../../../src/transports/server/pacing.js';
import { PacingTicker } from '../../../src/transports/server/pacing-ticker.js';
import { FakeClock } from '../../support/core/fake-clock.js';

/** As a stock Linux reports it: room for 52 datagrams at 4 KiB each. */
const STOCK = 212_992;
const MS = 1_000;

/** Sends what may be sent, and says how many that were and which of them ask. */
function fill(pacing: Pacing, now = 0): { readonly sent: number; readonly asked: number[] } {
  const asked: number[] = [];
  let sent = 0;
  while (pacing.room > 0) {
    sent += 1;
    if (pacing.send(now)) asked.push(sent);
  }
  return { sent, asked };
}

describe('what is owed at once', () => {
  it('begins with 16 datagrams and doubles with each window taken, up to what the buffer holds', () => {
    const pacing = new Pacing({ receiveBufferBytes: STOCK });
    const windows: number[] = [];
    let highest = 0;
    for (let round = 0; round < 4; round++) {
      const { sent } = fill(pacing);
      windows.push(sent);
      highest += sent;
      pacing.reported({ highest, lost: 0 }, 1);
    }
    expect(windows).toEqual([16, 32, 52, 52]);
  });

  it('asks for a REPORT with every half of a window, and with the datagram it stops behind', () => {
    const pacing = new Pacing({ receiveBufferBytes: STOCK });
    expect(fill(pacing).asked).toEqual([8, 16]);
    pacing.reported({ highest: 8, lost: 0 }, 1);
    // 24 may be on their way then, and 8 are.
    expect(fill(pacing)).toEqual({ sent: 16, asked: [12, 16] });
  });

  it('never exceeds what the buffer of the client holds, however slowly that reads', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('read', 'report', 'flush'), fc.nat(60)));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600_000 }), steps, (receiveBufferBytes, script) => {
        const pacing = new Pacing({ receiveBufferBytes });
        const holds = Math.max(2, Math.floor(receiveBufferBytes / 4_096));
        let sent = 0;
        let read = 0;
        for (const [step, count] of script) {
          if (step === 'read') read = Math.min(sent, read + count);
          else if (step === 'report') pacing.reported({ highest: read, lost: 0 }, 0);
          else for (let i = 0; i < count && pacing.room > 0; i++, sent++) pacing.send(0);
          expect(sent - read).toBeLessThanOrEqual(holds);
        }
      }),
    );
  });

  it('is never stuck: a client that reads and reports gets everything', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600_000 }), (receiveBufferBytes) => {
        const pacing = new Pacing({ receiveBufferBytes });
        let sent = 0;
        while (sent < 1_000) {
          const { sent: more, asked } = fill(pacing);
          // It reports when it is asked, and what it has read by then.
          const last = asked.at(-1) ?? Number.NaN;
          pacing.reported({ highest: sent + last, lost: 0 }, 0);
          expect(pacing.room).toBeGreaterThan(0);
          sent += more;
        }
      }),
    );
  });

  it('of a large window is not sent in small pieces, but as much as there is when it asks again', () => {
    const pacing = new Pacing({ receiveBufferBytes: 4 * STOCK });
    let sent = 0;
    for (let windows = 0; windows < 8; windows++) {
      sent += fill(pacing).sent;
      pacing.reported({ highest: sent, lost: 0 }, 1);
    }
    sent += fill(pacing).sent;
    const waiting = sent;
    const taken = (count: number): number => {
      pacing.reported({ highest: waiting - 208 + count, lost: 0 }, 1);
      return pacing.room;
    };
    // Of the 208 that the buffer holds.
    expect([taken(0), taken(1), taken(15), taken(16), taken(17)]).toEqual([0, 0, 0, 16, 17]);
    fill(pacing);
    pacing.tick(1_000 * MS, 0);
    expect(pacing.room).toBeGreaterThan(0);
  });

  it('halves the window once for all that one window lost, and then grows by one per window', () => {
    const pacing = new Pacing({ receiveBufferBytes: STOCK });
    let highest = 0;
    const window = (lost: number): number => {
      const { sent } = fill(pacing);
      highest += sent;
      pacing.reported({ highest: highest - 2, lost }, 1);
      pacing.reported({ highest, lost: lost === 0 ? 0 : lost + 1 }, 1);
      return sent;
    };
    expect([window(0), window(0), window(0)]).toEqual([16, 32, 52]);
    expect(window(5)).toBe(52);
    expect(window(6)).toBe(26);
    const after = Array.from({ length: 3 }, () => {
      const { sent } = fill(pacing);
      highest += sent;
      pacing.reported({ highest, lost: 7 }, 1);
      return sent;
    });
    expect(after).toEqual([13, 14, 15]);
  });

  it('does not grow where answers come later with it, unless the live feed needs more', () => {
    const slow = (livePerUs: number): number[] => {
      const pacing = new Pacing({ receiveBufferBytes: STOCK });
      let [now, highest] = [0, 0];
      return Array.from({ length: 4 }, () => {
        const { sent } = fill(pacing, now);
        // A link of 500 datagrams/s, with a queue: the more, the later.
        now += sent * 2 * MS;
        highest += sent;
        pacing.tick(now, livePerUs);
        pacing.reported({ highest, lost: 0 }, now);
        return sent;
      });
    };
    expect(slow(0)).toEqual([16, 32, 32, 32]);
    // 1,000 datagrams/s are published: it is to get more.
    expect(slow(1_000 / 1e6).at(-1)).toBeGreaterThanOrEqual(52);
  });

  it('goes to who does not answer one by one: after 200, 600, 1,400 ms, then every second', () => {
    const pacing = new Pacing({ receiveBufferBytes: STOCK });
    fill(pacing);
    const log: number[] = [];
    for (let ms = 50; ms <= 4_500; ms += 50) {
      pacing.tick(ms * MS, 0);
      const { sent } = fill(pacing, ms * MS);
      if (sent > 0) log.push(ms);
      expect(sent).toBeLessThan(2);
    }
    expect(log).toEqual([200, 600, 1_400, 2_400, 3_400, 4_400]);
    // It was stopped, and has read everything now.
    pacing.reported({ highest: 16 + log.length, lost: 0 }, 4_600 * MS);
    expect(pacing.room).toBeGreaterThanOrEqual(16);
  });

  it('goes on when the datagram that asked is lost, with half of the window', () => {
    const pacing = new Pacing({ receiveBufferBytes: STOCK });
    fill(pacing);
    pacing.tick(200 * MS, 0);
    expect(fill(pacing, 200 * MS)).toEqual({ sent: 1, asked: [1] });
    pacing.reported({ highest: 17, lost: 1 }, 201 * MS);
    expect(pacing.room).toBe(8);
  });

  it('takes no notice of a number that was never sent, nor of an old REPORT', () => {
    const pacing = new Pacing({ receiveBufferBytes: STOCK });
    fill(pacing);
    pacing.reported({ highest: 17, lost: 0 }, 1);
    pacing.reported({ highest: 0xffff_ffff, lost: 0 }, 1);
    expect(pacing.room).toBe(0);
    pacing.reported({ highest: 16, lost: 0 }, 1);
    expect(pacing.room).toBe(32);
    pacing.reported({ highest: 8, lost: 0 }, 1);
    expect(pacing.room).toBe(32);
  });

  it('is more at one time on a long path, which itself holds twice what is published meanwhile', () => {
    const pacing = new Pacing({ receiveBufferBytes: STOCK });
    fill(pacing, 0);
    pacing.reported({ highest: 16, lost: 0 }, 100 * MS);
    // 500 datagrams/s: 50 of them in the 100 ms of a round trip.
    pacing.tick(100 * MS, 500 / 1e6);
    expect(pacing.room).toBe(32 + 100);
  });
});

describe('a client that has not told its buffer', () => {
  it('gets 52 datagrams every 50 ms', () => {
    const pacing = new Pacing({ receiveBufferBytes: 0 });
    expect(fill(pacing, 0).sent).toBe(52);
    pacing.tick(49 * MS, 0);
    expect(pacing.room).toBe(0);
    pacing.tick(50 * MS, 0);
    expect(fill(pacing, 50 * MS).sent).toBe(52);
  });

  it('gets half as many when it reports loss, and a quarter more with each REPORT of none', () => {
    const pacing = new Pacing({ receiveBufferBytes: 0 });
    const sent = [2, 2, 2].map((lost, index) => {
      fill(pacing, index * 1_000 * MS);
      pacing.reported({ highest: 0, lost }, index * 1_000 * MS);
      fill(pacing, index * 1_000 * MS);
      pacing.tick((index * 1_000 + 50) * MS, 0);
      return pacing.room;
    });
    expect(sent).toEqual([26, 32, 40]);
  });
});

describe('live traffic', () => {
  /** Has had its snapshot, and answered. */
  function live(): Pacing {
    const pacing = new Pacing({ receiveBufferBytes: STOCK });
    pacing.send(0);
    pacing.inStep();
    // The first live datagram asks whether the client keeps up.
    expect(pacing.send(1 * MS)).toBe(true);
    pacing.inStep();
    pacing.reported({ highest: 2, lost: 0 }, 2 * MS);
    pacing.inStep();
    return pacing;
  }

  it('waits for nothing and asks nothing, as long as a flush fits the buffer', () => {
    const pacing = live();
    let [waits, asks] = [0, 0];
    for (let flush = 0; flush < 1_000; flush++) {
      for (let i = 0; i < 51; i++) {
        if (pacing.room <= 0) waits += 1;
        if (pacing.send(3 * MS)) asks += 1;
      }
      pacing.inStep();
    }
    expect({ waits, asks }).toEqual({ waits: 0, asks: 0 });
  });

  it('is not slowed by loss: what the feed sends, it sends', () => {
    const pacing = live();
    for (let lost = 10; lost < 100; lost += 10) {
      pacing.reported({ highest: 2, lost }, 10 * MS);
      expect(pacing.room).toBe(52);
    }
  });

  it('of which one flush has more than the buffer holds waits for the client', () => {
    const pacing = live();
    expect(fill(pacing, 10 * MS)).toEqual({ sent: 52, asked: [52] });
    pacing.reported({ highest: 54, lost: 0 }, 11 * MS);
    expect(pacing.room).toBe(52);
  });

  /** In step after a window whose answer was late, told of loss, and left so many unread. */
  function afterLateAnswer(unread: number, lost: number): Pacing {
    const pacing = new Pacing({ receiveBufferBytes: STOCK });
    fill(pacing, 0);
    pacing.reported({ highest: 16, lost: 0 }, 1 * MS);
    fill(pacing, 1 * MS);
    // Twenty milliseconds more than its best are no prompt answer.
    pacing.reported({ highest: 48 - unread, lost }, 23 * MS);
    pacing.inStep();
    return pacing;
  }

  /** Datagrams of a flush that has more than any buffer holds. */
  function burst(pacing: Pacing): number {
    let sent = 0;
    for (; pacing.room > 0; sent++) pacing.send(24 * MS);
    return sent;
  }

  it('begins with an answer that tells of no loss, however late: it may be we who read it late', () => {
    expect(burst(afterLateAnswer(0, 0))).toBe(52);
    expect(burst(afterLateAnswer(16, 0))).toBe(52);
  });

  it('does not begin with a late answer that tells of loss, while something is on its way', () => {
    expect(burst(afterLateAnswer(16, 1))).toBeLessThan(52 - 16);
  });
});

describe('the one timer', () => {
  it('runs while somebody waits, tells the pace of the feed, and then stops', () => {
    const clock = new FakeClock();
    let published = 0;
    const ticker = new PacingTicker(clock, () => published);
    const paces: number[] = [];
    const paced = {
      tickPacing: (_now: number, livePerUs: number): void => void paces.push(livePerUs * 1e6),
    };
    expect(clock.pending).toBe(0);
    ticker.add(paced);
    ticker.add({ tickPacing: () => {} });
    expect(clock.pending).toBe(1);
    for (let tick = 0; tick < 40; tick++) {
      published += 50;
      clock.advance(50);
    }
    expect(paces).toHaveLength(40);
    expect(paces.at(-1)).toBeCloseTo(1_000, 0);
    ticker.delete(paced);
    clock.advance(50);
    expect(paces).toHaveLength(40);
    ticker.stop();
    expect(clock.pending).toBe(0);
  });

  it('is none when everybody has caught up', () => {
    const clock = new FakeClock();
    const ticker = new PacingTicker(clock, () => 0);
    const paced = { tickPacing: (): void => {} };
    ticker.add(paced);
    ticker.delete(paced);
    clock.advance(100);
    expect(clock.pending).toBe(0);
  });
});
