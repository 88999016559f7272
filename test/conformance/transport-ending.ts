/**
 * Whoever goes, a server, a feed, a client or a stranger, goes without harm: what is due is
 * delivered, and nothing stays open.
 */
import { expect } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { type Client, range, until } from '../support/conformance/transport-support.js';
import { type Laws, openHandles, publishInStep, received } from './transport-law.js';

const clock = systemClock();

export const ENDING: Laws = {
  'closing the broadcast delivers what is due and ends every subscription in order': {
    check: async (stage) => {
      const bed = await stage.open();
      const clients = await bed.connectMany(5);
      await publishInStep(bed, clients, 1, 1);
      bed.publish(20);
      bed.broadcast.close();
      for (const { subscription, recorder } of clients) {
        expect(await subscription.closed).toBeUndefined();
        expect(recorder.seqs).toEqual(range(1, 21));
        expect(recorder.items.at(-1)).toMatchObject({ control: 'end', reason: 'closed' });
      }
      await until(() => bed.server.counters.ended === stage.seen(5), 'all ended');
    },
  },

  'closing the server delivers what is due, ends every subscription and leaves nothing open': {
    check: async (stage) => {
      const before = openHandles();
      const bed = await stage.open();
      const clients = await bed.connectMany(10);
      await publishInStep(bed, clients, 1, 1);
      bed.publish(20);
      await Promise.all([bed.server.close(), bed.server.close()]);
      for (const { subscription, recorder } of clients) {
        expect(await subscription.closed).toBeUndefined();
        expect(recorder.seqs).toEqual(range(1, 21));
      }
      expect(bed.broadcast.counters.clients).toBe(0);
      await until(
        () => openHandles().length <= before.length,
        () => `still open: ${openHandles().join(' ')}; before: ${before.join(' ')}`,
      );
      // The port is free again.
      const again = await bed.transport.listen(bed.broadcast, {
        host: '127.0.0.1',
        port: bed.server.endpoint.port,
        codecs: [bed.codec],
        clock,
      });
      await again.close();
    },
  },

  'a client that closes is noticed, frees its place, and disturbs nobody': {
    needs: 'admission',
    check: async (stage) => {
      const bed = await stage.open({ broadcast: { maxClients: 3 } });
      const [leaving, ...staying] = (await bed.connectMany(3)) as [Client, Client, Client];
      await publishInStep(bed, [leaving, ...staying], 2, 2);
      await Promise.all([leaving.subscription.close(), leaving.subscription.close()]);
      expect(await leaving.subscription.closed).toBeUndefined();
      await until(() => bed.broadcast.counters.clients === 2, 'the server to notice');
      expect(bed.server.counters.ended).toBe(1);
      const newcomer = await bed.connect();
      bed.publish(3);
      await received(
        staying.map(({ recorder }) => recorder),
        7,
      );
      await until(() => newcomer.recorder.seqs.at(-1) === 7, 'the newcomer to be served');
      for (const { recorder } of staying) expect(recorder.seqs).toEqual(range(1, 7));
      expect(leaving.recorder.seqs).toEqual(range(1, 4));
    },
  },

  'garbage from strangers harms nobody': {
    check: async (stage) => {
      const bed = await stage.open({ listen: { graceMs: 30 } });
      const before = await bed.connect();
      await publishInStep(bed, [before], 1, 1);
      await stage.subject.stranger(bed.server.endpoint, garbage());
      const after = await bed.connect();
      bed.publish(5);
      await received([before.recorder], 6);
      await until(() => after.recorder.seqs.at(-1) === 6, 'a newcomer to be served');
      expect(before.recorder.seqs).toEqual(range(1, 6));
      // Counted by whoever got it: the members of a group, whose server hears nothing.
      const { malformed } = before.subscription.counters;
      expect(bed.server.counters.malformed + malformed).toBeGreaterThan(0);
    },
  },
};

/** Bytes of every kind of nonsense, the same in every run. */
function garbage(): Buffer[] {
  let state = 1;
  const random = (length: number): Buffer =>
    Buffer.from(
      range(1, length).map(() => {
        state = (state * 48_271) % 0x7fffffff;
        return state & 0xff;
      }),
    );
  return [
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.from('{"codec":\n'),
    Buffer.from('{"codec":"line-json","keys":[1]}\n'),
    Buffer.from(`{"${'k'.repeat(20_000)}":1}\n`),
    Buffer.from('{"codec":"\\ud800"}\n'),
    Buffer.alloc(1_200),
    Buffer.alloc(1_200, 0xff),
    Buffer.alloc(1),
    ...[1, 2, 3, 36, 100, 1_200, 1_472, 20_000].map(random),
  ];
}
