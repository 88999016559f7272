import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  JitterMeter,
  type JitterState,
  meanJitter,
  newJitterState,
} from '../../../../bench/record/jitter.js';
import { MessageTimes } from '../../../../bench/record/message-times.js';
import { Random, seedState } from '../../../../src/random.js';
import { countsOf } from '../../../support/result/latencies.js';

interface Fixture {
  readonly rfc3550_jitter: readonly {
    readonly sent_us: readonly number[];
    readonly received_us: readonly number[];
    readonly jitter_us_after_each: readonly number[];
  }[];
}

const { rfc3550_jitter: cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/metrics.json', import.meta.url), 'utf8'),
) as Fixture;

const stateOf = (): JitterState => newJitterState();

function rig(messages: number) {
  const sent = new MessageTimes(messages);
  const meter = new JitterMeter(sent);
  const send = (at: number, time: number): void => {
    sent.set(at, time);
    meter.known(at);
  };
  return { meter, send };
}

describe('JitterMeter', () => {
  it.each(cases.map((one, i) => [i + 1, one] as const))(
    'gives the jitter of RFC 3550 after each message: case %i',
    (_, { sent_us: sent, received_us: received, jitter_us_after_each: expected }) => {
      const { meter, send } = rig(sent.length);
      for (const [at, time] of sent.entries()) send(at, time);
      const state = stateOf();
      meter.run(state, 0, 0, received[0]!);
      expect(state.jitter).toBe(0);
      for (const [i, jitter] of expected.entries()) {
        meter.run(state, i + 1, i + 1, received[i + 1]!);
        expect(state.jitter).toBeCloseTo(jitter, 9);
      }
    },
  );

  it('the messages of a read arrive together, so their |D| are the differences of their send times', () => {
    const { meter, send } = rig(4);
    for (const [at, time] of [0, 160, 160, 480].entries()) send(at, time);
    const state = stateOf();
    meter.run(state, 0, 3, 1_000);
    // 160, 0 and 320, each with a sixteenth of its difference from the jitter so far.
    const [first, second] = [10, 10 - 10 / 16];
    expect(state.jitter).toBeCloseTo(second + (320 - second) / 16, 12);
    expect(first).toBe(160 / 16);
    meter.finish();
    expect(meter.ipdv.take()).toEqual(countsOf([160, 0, 320]));
  });

  it('a step between reads counts the change of the transit time, whatever was lost between them', () => {
    const { meter, send } = rig(10);
    send(0, 0);
    send(7, 700);
    const state = stateOf();
    meter.run(state, 0, 0, 500);
    // Sent 700 later, received 1,020 later.
    meter.run(state, 7, 7, 1_520);
    expect(state.jitter).toBe(320 / 16);
    expect(meter.ipdv.take()).toEqual(countsOf([320]));
  });

  it('the first message of a subscriber makes no difference', () => {
    const { meter, send } = rig(1);
    send(0, 5);
    const state = stateOf();
    meter.run(state, 0, 0, 1_000_000);
    meter.finish();
    expect([state.jitter, meter.ipdv.empty]).toEqual([0, true]);
  });

  it('a message first seen after others were computed without it changes what later runs get, not earlier ones', () => {
    const { meter, send } = rig(6);
    for (const at of [0, 1, 3, 4, 5]) send(at, at * 1_000 + at * at);
    const [one, other] = [stateOf(), stateOf()];
    meter.run(one, 0, 1, 10_000);
    meter.run(one, 3, 5, 20_000);
    const before = one.jitter;
    // Lost to the first subscriber, and late in becoming known.
    send(2, 2_004);
    meter.run(other, 0, 5, 20_000);
    let expected = 0;
    for (let at = 1; at < 6; at++) {
      const step = 1_000 + at * at - (at - 1) * (at - 1);
      expected += (step - expected) / 16;
    }
    expect(other.jitter).toBeCloseTo(expected, 9);
    expect(one.jitter).toBe(before);
  });

  it('a run may be longer than what is computed in one go, and begin and end anywhere in it', () => {
    const times = Array.from({ length: 1_200 }, (_, at) => at * 100 + ((at * 37) % 91));
    for (const [from, to] of [
      [0, 1_199],
      [255, 256],
      [256, 511],
      [255, 512],
      [17, 1_024],
    ] as const) {
      const { meter, send } = rig(times.length);
      for (const [at, time] of times.entries()) send(at, time);
      const state = stateOf();
      meter.run(state, from, to, 1e6);
      let expected = 0;
      for (let at = from + 1; at <= to; at++) {
        expected += (Math.abs(times[at]! - times[at - 1]!) - expected) / 16;
      }
      expect(state.jitter).toBeCloseTo(expected, 9);
    }
  });
});

describe('the mean jitter of a window', () => {
  /** A subscriber to whom messages sent every 1 ms come one by one after these delays. */
  function heard(delays: readonly number[]): JitterState {
    const { meter, send } = rig(delays.length);
    const state = newJitterState();
    for (const [at, delay] of delays.entries()) {
      send(at, at * 1_000);
      meter.run(state, at, at, at * 1_000 + delay);
    }
    return state;
  }

  it('of a steady |D| is that, from the first difference on', () => {
    expect(meanJitter(heard([7]))).toBeNull();
    for (const messages of [2, 3, 16, 500]) {
      const delays = Array.from({ length: messages }, (_, i) => (i % 2) * 320);
      expect(meanJitter(heard(delays))).toBeCloseTo(320, 9);
    }
  });

  it('weighs the first messages as the last: by hand for three differences', () => {
    // |D| = 16, 0, 32: J = 1, 15/16, 15/16 · 15/16 + 2.
    const [q, state] = [15 / 16, heard([0, 16, 16, 48])];
    const sum = 1 + q + (q * q + 2);
    expect(meanJitter(state)).toBeCloseTo(sum / (3 - q - q ** 2 - q ** 3), 9);
  });

  it('of equal runs agrees ten times better than what J was after the last message', () => {
    const random = new Random(seedState(7));
    // Mostly calm, now and then a message that waited long: as bursts and preemption make them.
    const run = (): JitterState =>
      heard(
        Array.from({ length: 5_000 }, () =>
          random.nextInt(20) === 0 ? random.nextInt(4_000) : random.nextInt(100),
        ),
      );
    const runs = Array.from({ length: 40 }, run);
    const spread = (values: readonly number[]): number => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) / mean;
    };
    const ofLast = spread(runs.map(({ jitter }) => jitter));
    const ofMean = spread(runs.map((state) => meanJitter(state)!));
    expect(ofLast).toBeGreaterThan(0.3);
    expect(ofMean).toBeLessThan(ofLast / 10);
  });
});
