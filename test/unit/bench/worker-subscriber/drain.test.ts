import { describe, expect, it } from 'vitest';
import {
  awaitReceiveEmpty,
  awaitSendIdle,
  UnreadAtDeadline,
} from '../../../../bench/worker-subscriber/drain.js';
import type { BenchSubscriber } from '../../../../bench/worker-subscriber/subscriber.js';
import { FakeClock } from '../../../support/core/fake-clock.js';

/** Runs `work` in fake time; how long it took, ms. */
async function timed(clock: FakeClock, work: Promise<void>): Promise<number> {
  const start = clock.now();
  let over = false;
  void work.then(() => {
    over = true;
  });
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (over) return (clock.now() - start) / 1_000;
    clock.advance(10);
  }
}

/** A /proc/net/udp in which this port has so many bytes unread. */
const table = (port: number, unread: number, inode = 7): string =>
  `  1: 0100007F:${port.toString(16)} 00000000:0000 07 00000000:${unread.toString(16)} 00:00000000 00000000 0 0 ${inode} 2 0000000000000000 3`;

const subscriber = (localPort: number, socketInode?: number): BenchSubscriber =>
  ({ subscription: { localPort, socketInode } }) as BenchSubscriber;

describe('untilSent', () => {
  it('goes on while a server in arrears sends, and ends when it has sent nothing for three looks', async () => {
    const clock = new FakeClock();
    const from = clock.now();
    const until = from + 500_000;
    const took = await timed(
      clock,
      awaitSendIdle(() => Math.min(clock.now(), until), clock),
    );
    expect(took).toBe(500 + 3 * 10);
  });

  it('gives up on one that sends for ever', async () => {
    const clock = new FakeClock();
    expect(
      await timed(
        clock,
        awaitSendIdle(() => clock.now(), clock),
      ),
    ).toBe(2_000);
  });
});

describe('UnreadAtDeadline', () => {
  it('without stamps ends with the deadline, and not before it', () => {
    const unread = new UnreadAtDeadline(1_000);
    expect([999, 1_000].map((now) => unread.isOver(now, 5, false))).toEqual([false, true]);
  });

  it('with stamps ends when three looks have brought nothing more', () => {
    const unread = new UnreadAtDeadline(1_000);
    const delivered = [5, 5, 9, 9, 10, 10, 10, 10];
    const over = delivered.map((count, i) => unread.isOver(990 + i * 10, count, true));
    expect(over).toEqual([...new Array(7).fill(false), true]);
  });

  it('with stamps ends after 2 s, though there is always more', () => {
    const unread = new UnreadAtDeadline(1_000);
    const at = (now: number): boolean => unread.isOver(now, now, true);
    expect([2_000_990, 2_001_000].map(at)).toEqual([false, true]);
  });
});

describe('untilRead', () => {
  it('goes on until nothing waits in the receive buffer of any of the subscribers, whatever others leave unread', async () => {
    const clock = new FakeClock();
    const left = [2_304, 768, 0];
    const read = async (path: string): Promise<string | null> =>
      path.endsWith('udp6')
        ? null
        : [table(40_009, 99), table(40_001, left.shift() ?? 0)].join('\n');
    const all = [subscriber(40_001), subscriber(40_002)];
    expect(await timed(clock, awaitReceiveEmpty(all, false, clock, read))).toBe(20);
    expect(left).toEqual([]);
  });

  it('knows members of a group by their sockets: they share their port with others', async () => {
    const clock = new FakeClock();
    const left = [512, 0];
    const read = async (): Promise<string> =>
      [table(40_001, 99, 8), table(40_001, left.shift() ?? 0, 7)].join('\n');
    expect(await timed(clock, awaitReceiveEmpty([subscriber(40_001, 7)], true, clock, read))).toBe(
      10,
    );
  });

  it('gives up on a subscriber that never catches up, and does not wait where there is no /proc', async () => {
    const clock = new FakeClock();
    const all = [subscriber(40_001)];
    expect(
      await timed(
        clock,
        awaitReceiveEmpty(all, false, clock, async () => table(40_001, 1)),
      ),
    ).toBe(2_000);
    expect(
      await timed(
        clock,
        awaitReceiveEmpty(all, false, clock, async () => null),
      ),
    ).toBe(0);
  });
});
