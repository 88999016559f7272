/**
 * What a subscriber gets: the welcome, then every message that it asked for, once, in order and
 * whole, or word of what it missed.
 */
import { expect } from 'vitest';
import { type Client, range, rejection, until } from '../support/conformance/transport-support.js';
import { type Laws, publishInStep, received } from './transport-law.js';

export const DELIVERY: Laws = {
  'the welcome comes first and tells codec, epoch, next, oldest, policy and the size of the snapshot':
    {
      needs: 'snapshot',
      check: async (stage) => {
        const bed = await stage.open({ listen: { heartbeatMs: 700 } });
        bed.publish(2, 'a');
        bed.publish(1, 'b');
        const { subscription, recorder } = await bed.connect();
        const { time: _, ...welcome } = subscription.welcome;
        expect(welcome).toEqual({
          control: 'welcome',
          protocol: 1,
          codec: stage.codecName,
          epoch: bed.broadcast.epoch,
          next: 4,
          oldest: 1,
          snapshot: 2,
          heartbeat_ms: 700,
          policy: 'drop-oldest',
        });
        await received([recorder], 2);
        expect(recorder.items[0]).toEqual(subscription.welcome);
        expect(subscription.localPort).toBeGreaterThan(0);
      },
    },

  'the server tells its clock while it is joined, between two readings of ours': {
    needs: 'snapshot',
    check: async (stage) => {
      const bed = await stage.open();
      const { subscription } = await bed.connect();
      const { exchanges = [] } = subscription;
      expect(exchanges.length).toBeGreaterThan(0);
      for (const { askedAt, toldAt, heardAt } of exchanges) {
        // Whole µs, cut; both clocks are the machine's, whose readings agree to some 50 µs.
        expect(toldAt + 1 - askedAt).toBeGreaterThan(-1_000);
        expect(heardAt - toldAt).toBeGreaterThan(-1_000);
        expect(heardAt - askedAt).toBeLessThan(60e6);
      }
    },
  },

  '120 subscribers each get every message once, in order and intact': {
    check: async (stage) => {
      const bed = await stage.open();
      const clients = await bed.connectMany(120);
      expect(bed.broadcast.counters.clients).toBe(stage.seen(120));
      await publishInStep(bed, clients, 20, 5);
      const [first] = clients as [Client];
      for (const { recorder } of clients) expect(recorder.seqs).toEqual(range(1, 100));
      expect(first.recorder.messages.map(({ value }) => value)).toEqual(
        range(1, 100).map((at) => ({ at, text: 'é😀' })),
      );
      for (const { recorder } of clients)
        expect(recorder.messages).toEqual(first.recorder.messages);
    },
  },

  'the counters of server and clients add up': {
    check: async (stage) => {
      const bed = await stage.open({ listen: { heartbeatMs: 60_000 } });
      const clients = await bed.connectMany(7);
      await publishInStep(bed, clients, 1, 10);
      const bytesOf = (): number =>
        clients.reduce((sum, { subscription }) => sum + subscription.counters.bytes, 0);
      const before = { received: bytesOf(), sent: bed.server.counters.sendBytes };
      await publishInStep(bed, clients, 5, 10);
      const copies = 7 / stage.seen(7);
      expect(bytesOf() - before.received).toBe(
        copies * (bed.server.counters.sendBytes - before.sent),
      );
      expect(bed.server.counters).toMatchObject({
        accepted: stage.seen(7),
        refused: 0,
        ended: 0,
        sentMessages: stage.seen(7) * 60,
        sendErrorMessages: 0,
        droppedMessages: 0,
        malformed: 0,
      });
      expect(bed.server.counters.sends).toBeGreaterThanOrEqual(stage.seen(7) * 6);
      for (const { subscription } of clients) {
        expect(subscription.counters.reads).toBeGreaterThanOrEqual(6);
        expect(subscription.counters).toMatchObject({
          malformed: 0,
          datagramsLost: 0,
          datagramsDuplicated: 0,
          datagramsReordered: 0,
        });
      }
    },
  },

  'a late subscriber gets the newest value of each key, then the live feed': {
    needs: 'snapshot',
    check: async (stage) => {
      const bed = await stage.open();
      for (const key of ['a', 'b', 'a', 'c', 'b', 'a']) bed.publish(1, key);
      const { subscription, recorder } = await bed.connect();
      await received([recorder], 3);
      bed.publish(2, 'b');
      await received([recorder], 5);
      expect([subscription.welcome.snapshot, subscription.welcome.next]).toEqual([3, 7]);
      expect(recorder.seqs).toEqual([4, 5, 6, 7, 8]);
    },
  },

  'a filtered subscriber gets its keys only': {
    needs: 'keys',
    check: async (stage) => {
      const bed = await stage.open();
      for (const key of ['é', 'b', 'c']) bed.publish(1, key);
      const { recorder } = await bed.connect({ keys: ['é', 'c'] });
      const all = await bed.connect();
      await received([recorder], 2);
      await received([all.recorder], 3);
      for (const key of ['b', 'é', 'b', 'c', 'b']) bed.publish(1, key);
      await received([recorder], 4);
      await received([all.recorder], 8);
      expect(recorder.seqs).toEqual([1, 3, 5, 7]);
    },
  },

  'fromSeq replays what is retained, in order, then the live feed': {
    needs: 'replay',
    check: async (stage) => {
      const bed = await stage.open();
      bed.publish(10);
      const { subscription, recorder } = await bed.connect({ fromSeq: 4 });
      bed.publish(1);
      await received([recorder], 8);
      expect(recorder.seqs).toEqual(range(4, 11));
      expect([subscription.welcome.next, subscription.welcome.snapshot, recorder.told]).toEqual([
        4, 0, 0,
      ]);
    },
  },

  'fromSeq before retention is told as lagged once, with the exact count': {
    needs: 'replay',
    check: async (stage) => {
      const bed = await stage.open({ broadcast: { retention: { messages: 5, bytes: 1e9 } } });
      bed.publish(20);
      const { subscription, recorder } = await bed.connect({ fromSeq: 3 });
      await received([recorder], 5);
      expect(subscription.welcome.oldest).toBe(16);
      expect(recorder.controls.slice(1)).toEqual([{ control: 'lagged', missed: 13, next: 16 }]);
      expect(recorder.seqs).toEqual(range(16, 20));
      expect(bed.server.counters.droppedMessages).toBe(0);
    },
  },

  'silence brings heartbeats that name the next sequence number': {
    check: async (stage) => {
      const bed = await stage.open({ listen: { heartbeatMs: 40 } });
      bed.publish(3);
      const { recorder } = await bed.connect();
      await until(
        () => recorder.controls.filter(({ control }) => control === 'heartbeat').length >= 2,
        'heartbeats',
      );
      const heartbeats = recorder.controls.filter(({ control }) => control === 'heartbeat');
      expect(heartbeats[0]).toEqual({ control: 'heartbeat', next: 4 });
      bed.publish(1);
      await until(() => recorder.seqs.includes(4), 'data after heartbeats');
    },
  },

  'a message is delivered whole or refused at publish: never cut, whatever its size': {
    check: async (stage) => {
      const bed = await stage.open({ codec: { maxMessageBytes: 2_000_000 } });
      const { recorder } = await bed.connect();
      const accepted: string[] = [];
      for (const size of [
        0, 1, 1_000, 1_100, 1_200, 1_500, 20_000, 70_000, 300_000, 1_500_000, 2_500_000, 1,
      ]) {
        const value = 'x'.repeat(size);
        const published = await rejection((async () => bed.broadcast.publish('k', value))());
        if (published === 'nothing') accepted.push(value);
        else expect(published).toBe('LAB_ERR_MESSAGE_TOO_LARGE');
        await received([recorder], accepted.length);
      }
      expect(accepted.length).toBeGreaterThanOrEqual(4);
      expect(recorder.messages.map(({ value }) => value)).toEqual(accepted);
    },
  },

  'a burst of any size arrives whole and in order': {
    needs: 'bursts',
    check: async (stage) => {
      const bed = await stage.open();
      const clients = await bed.connectMany(3);
      bed.publish(10_000);
      await received(
        clients.map(({ recorder }) => recorder),
        10_000,
      );
      for (const { recorder } of clients) expect(recorder.seqs).toEqual(range(1, 10_000));
      expect(bed.server.counters.sentMessages).toBe(30_000);
    },
  },
};
