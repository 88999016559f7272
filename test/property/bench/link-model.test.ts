import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, FATE } from '../../../bench/link/fate.js';
import { createLinkModel } from '../../../bench/link/model/model.js';
import { emptyDecision, specOf } from '../../support/link/offered.js';

const CLIENTS = 3;

interface Offer {
  readonly client: number;
  readonly side: 'up' | 'down';
  readonly gap: number;
  readonly bytes: number;
}
interface Outcome extends Decision {
  readonly offer: Offer;
  readonly at: number;
}

const offer: fc.Arbitrary<Offer> = fc.record({
  client: fc.nat(CLIENTS - 1),
  side: fc.constantFrom('up', 'down'),
  gap: fc.oneof(fc.constant(0), fc.nat(3_000)),
  bytes: fc.integer({ min: 20, max: 1_500 }),
});
const offers = fc.array(offer, { maxLength: 200 });
const rates = fc.constantFrom(
  '',
  '/rate=8mbit',
  '/rate=3mbit/queue=3p',
  '/rate=500kbit/queue=2000',
  '/trace=x/queue=30ms',
  '/up.rate=2mbit/down.trace=x',
);
const texts = fc
  .tuple(
    fc.constantFrom('loss=10%', 'loss=10%/burst=4', 'loss=every:3', 'loss=list:1,5,6', 'loss=0%'),
    rates,
    fc.constantFrom('', '/delay=5ms', '/delay=5ms/jitter=5ms', '/outage=10ms/25ms'),
    fc.constantFrom('', '/dup=20%/corrupt=20%'),
    fc.constantFrom('', '/reorder=20%/hold=4ms'),
  )
  .map((parts) => parts.join(''));
const TRACE = [2, 2, 3, 9, 15];

function run(text: string, seed: number, all: readonly Offer[]): Outcome[] {
  const { clients } = createLinkModel(specOf(text, TRACE), seed, CLIENTS);
  const decision = emptyDecision();
  let at = 0;
  return all.map((one) => {
    at += one.gap;
    clients[one.client]![one.side].offer(one.bytes, at, decision);
    return { ...decision, offer: one, at };
  });
}

const flow = (all: readonly Outcome[], client: number, side: string): Outcome[] =>
  all.filter(({ offer: one }) => one.client === client && one.side === side);

describe('a link', () => {
  it('decides the same of the same packets, and of others by another seed', () => {
    fc.assert(
      fc.property(texts, offers, fc.nat(), (text, all, seed) => {
        expect(run(text, seed, all)).toEqual(run(text, seed, all));
      }),
    );
    const all = Array.from({ length: 300 }, () => ({
      client: 0,
      side: 'up' as const,
      gap: 1,
      bytes: 99,
    }));
    expect(run('loss=10%', 1, all)).not.toEqual(run('loss=10%', 2, all));
  });

  it('decides of one flow the same, whatever all others send', () => {
    fc.assert(
      fc.property(texts, offers, fc.nat(), (text, all, seed) => {
        let skipped = 0;
        const alone = all.flatMap((one) => {
          if (one.client === 0 && one.side === 'down') {
            const gap = one.gap + skipped;
            skipped = 0;
            return [{ ...one, gap }];
          }
          skipped += one.gap;
          return [];
        });
        const plain = (outcomes: Outcome[]): unknown[] =>
          outcomes.map(({ offer: _, ...outcome }) => outcome);
        expect(plain(run(text, seed, alone))).toEqual(plain(flow(run(text, seed, all), 0, 'down')));
      }),
    );
  });

  it('gives every packet one fate, and counts those of a full uplink', () => {
    fc.assert(
      fc.property(texts, offers, (text, all) => {
        const withUplink = `${text}/uplink=2mbit/uplink.queue=2p`;
        const { clients, ...model } = createLinkModel(specOf(withUplink, TRACE), 1, CLIENTS);
        expect(model.uplinkOverflow).toBe(0);
        const fates = run(withUplink, 1, all).map(({ fate }) => fate);
        const count = (wanted: number): number => fates.filter((fate) => fate === wanted).length;
        const { delivered, lost, overflow, outage } = FATE;
        expect(count(delivered) + count(lost) + count(overflow) + count(outage)).toBe(all.length);
        expect(clients).toHaveLength(CLIENTS);
      }),
    );
  });

  it('delivers nothing before its delay, and a copy never before the packet', () => {
    fc.assert(
      fc.property(texts, offers, (text, all) => {
        const { up } = specOf(text, TRACE);
        const least = up.delayUs - up.jitterUs;
        for (const one of run(text, 1, all)) {
          if (one.fate !== FATE.delivered)
            expect([one.deliverAt, one.duplicateAt]).toEqual([-1, -1]);
          else expect(one.deliverAt - one.at).toBeGreaterThanOrEqual(least);
          if (one.duplicateAt >= 0) expect(one.duplicateAt).toBeGreaterThanOrEqual(one.deliverAt);
          expect(one.corruptBit).toBeLessThan(Math.max(1, (one.offer.bytes - 20) * 8));
        }
      }),
    );
  });

  it('keeps the order of the packets of a flow, but for those held back', () => {
    fc.assert(
      fc.property(texts, offers, (text, all) => {
        const outcomes = run(text, 1, all).filter(({ fate }) => fate === FATE.delivered);
        for (let client = 0; client < CLIENTS; client++) {
          for (const side of ['up', 'down']) {
            const times = flow(outcomes, client, side)
              .filter(({ isReordered }) => !isReordered)
              .map(({ deliverAt }) => deliverAt);
            expect(times).toEqual(times.toSorted((a, b) => a - b));
          }
        }
      }),
    );
  });

  it('carries no more than its rate, in any stretch of time', () => {
    fc.assert(
      fc.property(offers, (all) => {
        const delivered = flow(run('rate=8mbit/queue=5000', 1, all), 0, 'down').filter(
          ({ fate }) => fate === FATE.delivered,
        );
        for (const [i, first] of delivered.entries()) {
          // What left behind the first one, until the last of them left: a byte each µs.
          let bytes = 0;
          for (const { offer: one, deliverAt } of delivered.slice(i + 1)) {
            bytes += one.bytes;
            expect(bytes).toBeLessThanOrEqual(deliverAt - first.deliverAt + 1e-6);
          }
        }
      }),
    );
  });

  it('never has more waiting than its queue has room for', () => {
    fc.assert(
      fc.property(offers, (all) => {
        const delivered = flow(run('rate=8mbit/queue=5000', 1, all), 0, 'down').filter(
          ({ fate }) => fate === FATE.delivered,
        );
        // With a byte each µs, what waits is the time until the last of it has left.
        for (const { at, deliverAt } of delivered)
          expect(deliverAt - at).toBeLessThanOrEqual(5_000);
      }),
    );
  });
});
