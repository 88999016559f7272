import { describe, expect, it } from 'vitest';
import { DelayLine } from '../../../../bench/workload/delay-line.js';
import { Broadcast } from '../../../../src/core/broadcast.js';
import { FakeClock } from '../../../support/core/fake-clock.js';
import { TinyEncoder } from '../../../support/core/tiny-encoder.js';

/** A line into a broadcast that notes what is published and when, in ms. */
function rig(delayMs: number, perSecond?: number) {
  const clock = new FakeClock();
  const began = clock.now();
  const broadcast = new Broadcast({ clock, encoder: new TinyEncoder() });
  const published: { readonly seq: number; readonly time: number; readonly atMs: number }[] = [];
  const publish = broadcast.publish.bind(broadcast);
  broadcast.publish = (key, value, time = 0) => {
    const seq = publish(key, value, time);
    published.push({ seq, time, atMs: (clock.now() - began) / 1_000 });
    return seq;
  };
  const errors: unknown[] = [];
  const line = new DelayLine(broadcast, clock, delayMs, (error) => errors.push(error), perSecond);
  return { clock, broadcast, line, published, errors };
}

describe('the delay line', () => {
  it('publishes each message that much later, in order, with the time stamp it came with', () => {
    const { clock, line, published } = rig(30);
    line.publish('k', 'a', 1);
    clock.advance(10);
    line.publish('k', 'b', 2);
    line.publish('k', 'c', 3);
    clock.advance(19.999);
    expect(published).toEqual([]);
    clock.advance(100);
    expect(published).toEqual([
      { seq: 1, time: 1, atMs: 30 },
      { seq: 2, time: 2, atMs: 40 },
      { seq: 3, time: 3, atMs: 40 },
    ]);
    expect([line.held, clock.pending]).toEqual([0, 0]);
  });

  it('lets no more than its limit through in a second, so that what is beyond waits ever longer', () => {
    const { clock, line, published } = rig(0, 200);
    for (let i = 0; i < 4; i++) {
      line.publish('k', 'v', i);
      clock.advance(4);
    }
    clock.advance(50);
    expect(published.map(({ atMs }) => atMs)).toEqual([0, 5, 10, 15]);
    line.publish('k', 'v', 9);
    clock.advance(1);
    // Below the limit nothing waits.
    expect(published.at(-1)!.atMs).toBe(66);
  });

  it('promises the sequence numbers that the broadcast then gives', () => {
    const { clock, line, published } = rig(5);
    const promised: number[] = [];
    for (let i = 0; i < 20; i++) {
      promised.push(line.publish('k', 'v', i));
      clock.advance(i % 3);
    }
    clock.advance(5);
    expect(published.map(({ seq }) => seq)).toEqual(promised);
    expect(promised).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('is never early, whatever the timers do: one that fires too soon is set again', () => {
    const { clock, line, published } = rig(30);
    const { setTimeout } = clock;
    // As in Node, where a timer of 29.7 ms is one of 29.
    clock.setTimeout = (callback, delayMs) =>
      setTimeout.call(clock, callback, Math.max(1, Math.trunc(delayMs)));
    line.publish('k', 'a', 1);
    clock.advance(0.3);
    line.publish('k', 'b', 2);
    clock.advance(100);
    expect(published.map(({ atMs }) => atMs)).toEqual([30, 31]);
  });

  it('drained, it publishes what it holds at once and leaves no timer', () => {
    const { clock, line, published } = rig(30);
    for (const time of [1, 2, 3]) line.publish('k', 'v', time);
    line.drain();
    line.drain();
    expect(published.map(({ time, atMs }) => [time, atMs])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    clock.advance(100);
    expect(published).toHaveLength(3);
  });

  it('hands on what the broadcast refuses, and forgets the rest', () => {
    const { clock, broadcast, line, published, errors } = rig(30);
    for (const time of [1, 2]) line.publish('k', 'v', time);
    broadcast.close();
    clock.advance(30);
    expect(errors).toEqual([expect.objectContaining({ code: 'LAB_ERR_CLOSED' })]);
    expect([published, line.held]).toEqual([[], 0]);
  });
});
