/**
 * What lost datagrams may explain: a receiver that loses messages for no reason finds no excuse in
 * the losses of the network.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LostDatagrams } from '../../../bench/record/lost-datagrams.js';
import { reconcile } from '../../../bench/worker-subscriber/reconcile.js';
import type { BenchSubscriber } from '../../../bench/worker-subscriber/subscriber.js';
import { newClientCounters } from '../../../src/transports/counters.js';
import { DatagramTracker } from '../../../src/transports/datagram/receive.js';
import { SubscriberProcess, T0, WELCOME } from '../../support/run/subscriber-process.js';

const PER_DATAGRAM = 5;
const PORT = 5_000;
const DATAGRAMS = 40;
/** Of the window: the ten datagrams before it are the warm-up. */
const FIRST = 10 * PER_DATAGRAM + 1;
const LAST = DATAGRAMS * PER_DATAGRAM;
const RANGE = { first: FIRST, last: LAST };
const DUE = Array.from({ length: LAST - FIRST + 1 }, (_, i) => i * 100);
const END = T0 + 1_000_000;

/** What becomes of a datagram: `late`: it comes after the two that follow it. */
const fate = fc.constantFrom('here', 'here', 'here', 'kernel', 'network', 'twice', 'late');
type Fate = 'here' | 'kernel' | 'network' | 'twice' | 'late';

interface Path {
  readonly fates: readonly Fate[];
  /** Messages that the receiver loses though their datagrams came. */
  readonly forgets: (seq: number) => boolean;
  /** After the last datagram the server says how many there were. */
  readonly heartbeat: boolean;
  /** After which datagrams one comes that says how far the numbers are. */
  readonly beats?: ReadonlySet<number>;
}

/** The settled account of one receiver, and the truth. */
function through({ fates, forgets, heartbeat, beats }: Path, kernelDrops?: number) {
  const process = new SubscriberProcess({ first: FIRST, due: DUE, sent: DUE }, 1, {
    start: T0,
    end: END,
    deadline: END,
  });
  const subscriber = process.subscribers[0] as BenchSubscriber;
  const counters = newClientCounters();
  const tracker = new DatagramTracker(counters);
  subscriber.subscription = {
    welcome: WELCOME,
    counters,
    localPort: PORT,
    receiveBufferBytes: null,
    closed: new Promise(() => {}),
    close: async () => {},
  };
  const seqsOf = (dseq: number): number[] =>
    Array.from({ length: PER_DATAGRAM }, (_, i) => (dseq - 1) * PER_DATAGRAM + 1 + i);
  const arrive = (dseq: number): void => {
    tracker.arrived(dseq);
    process.read(
      0,
      process.clock.now(),
      seqsOf(dseq).filter((seq) => !forgets(seq)),
    );
  };
  const order = fates
    .flatMap((fate, i) => {
      const dseq = i + 1;
      if (fate === 'kernel' || fate === 'network') return [];
      if (fate === 'twice') return [[dseq, dseq] as const, [dseq, dseq + 0.5] as const];
      return [[dseq, fate === 'late' ? dseq + 2.5 : dseq] as const];
    })
    .sort((a, b) => a[1] - b[1]);
  for (const [dseq] of order) {
    arrive(dseq);
    if (!beats?.has(dseq)) continue;
    tracker.expect(dseq + 2);
    subscriber.control({ control: 'heartbeat', next: (dseq + 1) * PER_DATAGRAM + 1 });
  }
  if (heartbeat) {
    tracker.expect(fates.length + 1);
    subscriber.control({ control: 'heartbeat', next: LAST + 1 });
  }
  const lostIn = (...kinds: Fate[]): number[] =>
    fates
      .flatMap((fate, i) => (kinds.includes(fate) ? seqsOf(i + 1) : []))
      .filter((seq) => seq >= FIRST);
  const drops = new Map([[PORT, kernelDrops ?? lostIn('kernel').length / PER_DATAGRAM]]);
  const settled = reconcile([subscriber], [RANGE], drops, PER_DATAGRAM, false);
  return { settled, byKernel: lostIn('kernel').length, lost: new Set(lostIn('kernel', 'network')) };
}

const fates = fc.array(fate, { minLength: DATAGRAMS, maxLength: DATAGRAMS });
const nothing = (): boolean => false;

describe('what lost datagrams explain', () => {
  it('is all that is missing, to the message, where the kernel dropped them and nothing else was lost', () => {
    fc.assert(
      fc.property(
        fates,
        fc.uniqueArray(fc.integer({ min: 1, max: DATAGRAMS - 1 })),
        (given, beats) => {
          const one = through({
            fates: given.map((one) => (one === 'network' ? 'kernel' : one)),
            forgets: nothing,
            heartbeat: true,
            beats: new Set(beats),
          });
          expect(one.settled.kernelDrops).toBe(one.byKernel);
          expect(one.settled).toMatchObject({ unexplained: 0, unbalanced: 0, inLostDatagrams: 0 });
        },
      ),
    );
  });

  it('is never a message whose datagram came, but at the edge of a loss: a receiver that loses for no reason does not balance', () => {
    const every = fc.integer({ min: 2, max: 30 });
    fc.assert(
      fc.property(fates, every, fc.nat({ max: 29 }), (given, nth, offset) => {
        const forgets = (seq: number): boolean => (seq + offset) % nth === 0;
        // The kernel is said to have dropped any number: more than are missing excuse nothing.
        // A loss across the beginning of the window is told apart to a datagram only.
        const whole = given.map((one, i) => (i > 6 && i < 10 ? 'here' : one));
        const { settled, lost } = through({ fates: whole, forgets, heartbeat: true }, 1_000);
        let atEdge = 0;
        let forgotten = 0;
        for (let seq = FIRST; seq <= LAST; seq++) {
          if (!forgets(seq) || lost.has(seq)) continue;
          forgotten += 1;
          if (lost.has(seq - 1) || lost.has(seq + 1) || seq === FIRST || seq === LAST) atEdge += 1;
        }
        expect(settled.kernelDrops).toBeLessThanOrEqual(lost.size + atEdge);
        expect(settled.unexplained).toBeGreaterThanOrEqual(forgotten - atEdge);
        const unexplained = LAST - FIRST + 1 - settled.delivered - (settled.kernelDrops ?? 0);
        expect(settled.unexplained).toBe(unexplained);
      }),
    );
  });

  it('every tenth message lost for no reason, beside a tenth of the datagrams dropped by the kernel, is unexplained', () => {
    const { settled, byKernel } = through({
      fates: Array.from({ length: DATAGRAMS }, (_, i) => (i % 10 === 4 ? 'kernel' : 'here')),
      forgets: (seq) => seq % 10 === 3,
      heartbeat: true,
    });
    // Three of the fifteen lay in datagrams that were dropped.
    expect(settled).toMatchObject({ kernelDrops: byKernel, unexplained: 12, unbalanced: 1 });
  });

  it('drops of the warm-up explain nothing in the window', () => {
    const { settled } = through({
      fates: Array.from({ length: DATAGRAMS }, (_, i) => (i < 9 ? 'kernel' : 'here')),
      forgets: (seq) => seq % 10 === 3,
      heartbeat: true,
    });
    expect(settled).toMatchObject({ kernelDrops: 0, unexplained: 15, unbalanced: 1 });
  });

  it('a datagram that comes late, and of which every message is lost for no reason, explains none', () => {
    const { settled } = through(
      {
        fates: Array.from({ length: DATAGRAMS }, (_, i) => (i % 8 === 3 ? 'late' : 'here')),
        forgets: (seq) => Math.floor((seq - 1) / PER_DATAGRAM) % 8 === 3,
        heartbeat: true,
      },
      1_000,
    );
    expect(settled).toMatchObject({ kernelDrops: 0, unexplained: 20, unbalanced: 1 });
  });

  it('a tail of which no datagram is missing is not explained by drops', () => {
    const fatesOf = (last: Fate): Fate[] =>
      Array.from({ length: DATAGRAMS }, (_, i) => (i >= DATAGRAMS - 2 ? last : 'here'));
    const forgotten = through(
      { fates: fatesOf('here'), forgets: (seq) => seq > LAST - 10, heartbeat: true },
      1_000,
    );
    expect(forgotten.settled).toMatchObject({ kernelDrops: 0, unexplained: 10 });
    const dropped = through({ fates: fatesOf('kernel'), forgets: nothing, heartbeat: true });
    expect(dropped.settled).toMatchObject({ kernelDrops: 10, unexplained: 0 });
  });

  it('stays before or behind the beginning of the window, also where more are lost than are remembered one by one', () => {
    const border = 5_131;
    const lost = new LostDatagrams(border);
    // Every tenth message, in a datagram of its own: 513 of them before the window.
    for (let i = 1; i <= 1_100; i++) {
      lost.begin(i);
      lost.passed(10 * i, 10 * i + 1);
      expect(lost.within(border, 11_000, 10 * i + 1, i, 1)).toEqual({
        messages: Math.max(0, i - 513),
        datagrams: Math.max(0, i - 513),
      });
    }
  });
});
