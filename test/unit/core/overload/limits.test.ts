import { describe, expect, it } from 'vitest';
import { feed, range } from '../../../support/core/broadcast-feed.js';

/** A subscriber that is in step, and then blocked. */
function blocked(policy: string) {
  const rig = feed();
  const { sink, subscriber } = rig.join({ policy });
  rig.publish(1);
  rig.clock.advance(1);
  sink.blocked = true;
  /** Lets it read again. */
  const free = (): void => {
    sink.blocked = false;
    rig.broadcast.requestFlush();
    rig.clock.advance(1);
  };
  const publish = (count: number): void => {
    for (let i = 0; i < count; i++) {
      rig.publish(1);
      rig.clock.advance(1);
    }
  };
  return { ...rig, sink, subscriber, publish, free };
}

describe('limits of a backlog', () => {
  it('drop-oldest keeps so many messages, and tells of the others before what it kept', () => {
    const { sink, subscriber, publish, free } = blocked('drop-oldest/messages=3');
    publish(10);
    expect([subscriber.lag, subscriber.dropped]).toEqual([3, 7]);
    free();
    expect(sink.events).toEqual([1, 'lagged:7', 9, 10, 11]);
    expect(sink.told).toEqual([{ missed: 7, next: 9 }]);
  });

  it('bytes are those of the encoded log, and one message is kept however long it is', () => {
    const each = (() => {
      const { broadcast, join, publish, clock } = feed();
      const { subscriber, sink } = join();
      sink.blocked = true;
      publish(1);
      clock.advance(1);
      expect(broadcast.backlog).toBe(1);
      return subscriber.log.bytesFrom(0);
    })();
    const some = blocked(`drop-oldest/bytes=${4 * each}`);
    some.publish(6);
    expect(some.subscriber.log.bytesFrom(some.subscriber.position)).toBeLessThanOrEqual(4 * each);
    expect(some.subscriber.lag).toBe(4);
    const tiny = blocked('drop-oldest/bytes=1');
    tiny.publish(6);
    expect(tiny.subscriber.lag).toBe(1);
  });

  it('what is published between two flushes is no backlog of who takes it at once', () => {
    const { clock, publish, join } = feed();
    const { sink, subscriber } = join({ policy: 'disconnect/messages=2' });
    publish(50);
    clock.advance(1);
    publish(50);
    clock.advance(1);
    expect([sink.seqs, subscriber.dropped, sink.ends]).toEqual([range(1, 100), 0, []]);
  });

  it('disconnect cuts off who is above its limits, without waiting for it to read', () => {
    const { sink, broadcast, publish } = blocked('disconnect/messages=3');
    publish(3);
    expect(sink.ends).toEqual([]);
    publish(1);
    expect(sink.ends).toEqual(['LAB_ERR_LAGGED']);
    expect(broadcast.counters.disconnectedForLag).toBe(1);
  });

  it('deadline drops what is older when it is its turn, down to the last message', () => {
    const { clock, sink, publish, free } = blocked('deadline=200ms');
    publish(3);
    clock.advance(300);
    free();
    expect(sink.events).toEqual([1, 'lagged:3']);
    expect(sink.told).toEqual([{ missed: 3, next: 5 }]);
    publish(2);
    expect(sink.seqs).toEqual([1, 5, 6]);
  });

  it('deadline keeps what is younger, exactly', () => {
    const { clock, sink, publish, free } = blocked('deadline=200ms');
    publish(2);
    clock.advance(150);
    publish(2);
    clock.advance(60);
    free();
    expect(sink.events).toEqual([1, 'lagged:2', 4, 5]);
  });

  it('drop-newest keeps what came first, and goes on with what comes when that has been read', () => {
    const { sink, subscriber, publish, free } = blocked('drop-newest/messages=3');
    publish(10);
    expect([subscriber.lag, subscriber.dropped]).toEqual([10, 0]);
    free();
    expect(sink.events).toEqual([1, 2, 3, 4, 'lagged:7']);
    expect(sink.told).toEqual([{ missed: 7, next: 12 }]);
    publish(2);
    expect(sink.seqs).toEqual([1, 2, 3, 4, 12, 13]);
    expect([subscriber.dropped, sink.skips]).toEqual([7, [7]]);
  });

  it('drop-newest by bytes stops before the message that is above them', () => {
    const { sink, subscriber, publish, free } = blocked('drop-newest/bytes=1');
    publish(3);
    free();
    expect([sink.seqs, subscriber.dropped]).toEqual([[1, 2], 2]);
  });

  it('a train of slices ends where drop-newest stops', () => {
    const { subscriber, publish } = blocked('drop-newest/messages=3');
    publish(10);
    const slices = subscriber.readTrain(1_000, 8)?.slices ?? [];
    expect(slices.map(({ from, to }) => [from, to])).toEqual([[1, 4]]);
  });

  it('drop-newest that the log overtakes goes on at what is retained', () => {
    const { clock, publish, join, broadcast } = feed({ retention: { messages: 4, bytes: 1e9 } });
    const { sink, subscriber } = join({ policy: 'drop-newest/messages=2' });
    sink.blocked = true;
    for (let i = 0; i < 20; i++) {
      publish(1);
      clock.advance(1);
    }
    sink.blocked = false;
    broadcast.flush();
    publish(1);
    clock.advance(1);
    expect(sink.seqs.length + subscriber.dropped).toBe(21);
    expect(sink.seqs.at(-1)).toBe(21);
  });

  it('whoever is to finish hears of all it missed', () => {
    const { sink, broadcast, publish, free } = blocked('drop-newest/messages=2');
    publish(5);
    broadcast.close();
    free();
    broadcast.flush();
    expect(sink.events).toEqual([1, 2, 3, 'lagged:3', 'end:closed']);
  });
});
