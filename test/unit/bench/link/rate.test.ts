import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fullQueueUs,
  meanBitsPerSecond,
  serialisationUs,
} from '../../../../bench/link/closed-forms.js';
import { FATE } from '../../../../bench/link/fate.js';
import { createLinkModel } from '../../../../bench/link/model/model.js';
import {
  emptyDecision,
  linkOf,
  offerAll,
  type Packet,
  specOf,
  steady,
} from '../../../support/link/offered.js';
import { byteEachMicro, carriedByTrace } from '../../../support/link/reference.js';

/** When each packet leaves, −1 for those that found no room. */
function leaving(text: string, packets: readonly Packet[], traceMs?: readonly number[]): number[] {
  return offerAll(linkOf(text, 1, traceMs).down, packets).map(({ fate, deliverAt }) =>
    fate === FATE.delivered ? deliverAt : -1,
  );
}

/** Arrivals in order, in bursts and with pauses; sizes of IP packets. */
const traffic = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.constant(0), fc.nat(4_000)),
      bytes: fc.integer({ min: 28, max: 1_500 }),
    }),
    {
      maxLength: 120,
    },
  )
  .map((all) => {
    let at = 0;
    return all.map(({ gap, bytes }) => {
      at += gap;
      return { at, bytes };
    });
  });

describe('a constant rate', () => {
  it('is what passes, exactly, for as long as somebody waits', () => {
    // 1,500 bytes at 7 Mbit/s take 1714.285714… µs, which no number of µs is.
    const times = leaving('rate=7mbit/queue=1000000p', steady(1_000_000, 1_000));
    expect(times.at(-1)).toBe((1_000_000 * 12_000) / 7);
    expect(times[6]).toBe(12_000);
  });

  it('starts anew when nobody waits', () => {
    const packets = [0, 100_000, 100_001].map((at) => ({ at, bytes: 1_000 }));
    expect(leaving('rate=8mbit', packets)).toEqual([1_000, 101_000, 102_000]);
  });

  it.each(['15000', '1500', '4k', '15ms'])('with room for %s does as computed by hand', (queue) => {
    const bytes = { '15000': 15_000, '1500': 1_500, '4k': 4_096, '15ms': 15_000 }[queue]!;
    fc.assert(
      fc.property(traffic, (packets) => {
        expect(leaving(`rate=8mbit/queue=${queue}`, packets)).toEqual(
          byteEachMicro(packets, { bytes }),
        );
      }),
    );
  });

  it.each([1, 2, 25])('with room for %d packets does as computed by hand', (count) => {
    fc.assert(
      fc.property(traffic, (packets) => {
        expect(leaving(`rate=8mbit/queue=${count}p`, packets)).toEqual(
          byteEachMicro(packets, { packets: count }),
        );
      }),
    );
  });

  it('loses what comes when the queue is full, and nothing that waits', () => {
    const times = leaving('rate=8mbit/queue=3000', steady(6, 100));
    expect(times).toEqual([1_500, 3_000, -1, -1, -1, -1]);
  });

  it('has room for what fits exactly, and for one at the moment when another has left', () => {
    expect(leaving('rate=8mbit/queue=3000', steady(3, 0))).toEqual([1_500, 3_000, -1]);
    expect(leaving('trace=x/queue=3000', steady(3, 0), [1, 2])).toEqual([1_000, 2_000, -1]);
    expect(leaving('rate=8mbit/queue=1p', steady(3, 1_500))).toEqual([1_500, 3_000, 4_500]);
  });

  it('remembers who waits, however many come after some have left', () => {
    const packets = [...steady(10, 0), ...steady(60, 0).map(({ bytes }) => ({ at: 9_000, bytes }))];
    for (const count of [12, 30, 100]) {
      expect(leaving(`rate=8mbit/queue=${count}p`, packets)).toEqual(
        byteEachMicro(packets, { packets: count }),
      );
    }
  });

  it('takes as long as its closed form says', () => {
    const { rate } = specOf('rate=12mbit/queue=100p').down;
    expect(serialisationUs(1_500, rate!.capacity)).toBe(1_000);
    expect(fullQueueUs(rate!, 1_500)).toBe(100_000);
    expect(fullQueueUs(specOf('rate=12mbit/queue=200ms').down.rate!, 1_500)).toBe(200_000);
    expect(fullQueueUs(specOf('rate=8mbit/queue=64k').down.rate!, 100)).toBe(65_536);
  });
});

describe('a trace', () => {
  /** Times in ms, some of them the same; the last is later than 0. */
  const ascending = fc.array(fc.nat(500), { minLength: 1, maxLength: 30 }).map((times) => {
    const sorted = times.sort((a, b) => a - b);
    return [...sorted, sorted.at(-1)! + 1];
  });

  it('carries what mahimahi carries, at the same times', () => {
    const limits = fc.integer({ min: 1_500, max: 20_000 });
    fc.assert(
      fc.property(traffic, ascending, limits, (packets, trace, limit) => {
        const traceUs = trace.map((ms) => ms * 1_000);
        expect(leaving(`trace=x/queue=${limit}`, packets, trace)).toEqual(
          carriedByTrace(packets, traceUs, limit),
        );
      }),
    );
  });

  it('gives every opportunity to who waits: its mean rate over each period', () => {
    const trace = [3, 3, 10, 40];
    const times = leaving('trace=x/queue=1000000p', steady(400, 0), trace);
    // The opportunities come four a period of 40 ms.
    expect(times.slice(0, 5)).toEqual([3_000, 3_000, 10_000, 40_000, 43_000]);
    expect(times.at(-1)).toBe(100 * 40_000);
    expect(meanBitsPerSecond(specOf('trace=x', trace).down.rate!.capacity)).toBe(1_200_000);
  });

  it('carries nobody in an opportunity that is over, or that is just then', () => {
    const packets = [
      { at: 3_000, bytes: 100 },
      { at: 39_999, bytes: 100 },
      { at: 40_000, bytes: 100 },
    ];
    expect(leaving('trace=x', packets, [3, 10, 40])).toEqual([10_000, 40_000, 43_000]);
  });

  it('is begun by client 0 at its start, and by each other at a place of its own', () => {
    const trace = Array.from({ length: 1_000 }, (_, i) => 10 * (i + 1));
    const { clients } = createLinkModel(specOf('trace=x', trace), 1, 50);
    const decision = emptyDecision();
    const first = clients.map(({ down }) => {
      down.offer(100, 0, decision);
      return decision.deliverAt;
    });
    expect(first[0]).toBe(10_000);
    expect(new Set(first).size).toBe(50);
    expect(Math.max(...first)).toBeLessThanOrEqual(10_000);
  });
});

describe('the uplink of the server', () => {
  const spec = specOf('uplink=8mbit/uplink.queue=4p/rate=4mbit/queue=2p/delay=1ms');

  it('carries the packets of all clients, one after another, before their own links', () => {
    const { clients } = createLinkModel(spec, 1, 3);
    const decision = emptyDecision();
    const times = [0, 1, 2, 0].map((client) => {
      clients[client]!.down.offer(1_000, 0, decision);
      return decision.deliverAt;
    });
    // A millisecond each on the uplink, then two on the link of the client, then the delay.
    expect(times).toEqual([4_000, 5_000, 6_000, 7_000]);
  });

  it('counts who found it full, of all clients, and nobody whose own queue was full', () => {
    const model = createLinkModel(spec, 1, 3);
    const decision = emptyDecision();
    const fates = Array.from({ length: 7 }, (_, i) => {
      model.clients[i % 3]!.down.offer(1_000, 0, decision);
      return decision.fate;
    });
    const { delivered, overflow } = FATE;
    expect(fates).toEqual([...Array(4).fill(delivered), ...Array(3).fill(overflow)]);
    expect(model.uplinkOverflow).toBe(3);
    const narrow = createLinkModel(specOf('uplink=8gbit/rate=4mbit/queue=1p'), 1, 1);
    for (let i = 0; i < 3; i++) narrow.clients[0]!.down.offer(1_000, 0, decision);
    expect([decision.fate, narrow.uplinkOverflow]).toEqual([overflow, 0]);
  });

  it('is passed by nobody on the way up', () => {
    const { clients } = createLinkModel(spec, 1, 1);
    const [first] = offerAll(clients[0]!.up, [{ at: 0, bytes: 1_000 }]);
    expect(first!.deliverAt).toBe(3_000);
  });
});
