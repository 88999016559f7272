/**
 * What a transport does not do it refuses by a code of its own, and in time; nothing of it is left
 * behind.
 */
import { expect } from 'vitest';
import { codecNames, loadCodec } from '../../src/codecs/registry.js';
import { Broadcast } from '../../src/core/broadcast.js';
import { systemClock } from '../../src/core/clock.js';
import { rejection, until } from '../support/conformance/transport-support.js';
import { type Laws, openHandles, publishInStep } from './transport-law.js';

const clock = systemClock();

export const REFUSAL: Laws = {
  'one client too many is refused with LAB_ERR_MAX_CLIENTS': {
    needs: 'admission',
    check: async (stage) => {
      const bed = await stage.open({ broadcast: { maxClients: 2 } });
      const clients = await bed.connectMany(2);
      expect(await rejection(bed.connect())).toBe('LAB_ERR_MAX_CLIENTS');
      await publishInStep(bed, clients, 1, 3);
      expect(bed.server.counters).toMatchObject({ accepted: 2, refused: 1 });
    },
  },

  'a codec that the server does not offer is refused with LAB_ERR_UNKNOWN_CODEC': {
    needs: 'admission',
    check: async (stage) => {
      const others = codecNames().filter((name) => name !== stage.codecName);
      const codecs = await Promise.all(others.map((name) => loadCodec(name)));
      const bed = await stage.open({ listen: { codecs } });
      expect(await rejection(bed.connect())).toBe('LAB_ERR_UNKNOWN_CODEC');
      expect(bed.server.counters).toMatchObject({ accepted: 0, refused: 1 });
    },
  },

  'an unknown policy is refused with LAB_ERR_UNKNOWN_POLICY': {
    needs: 'policy',
    check: async (stage) => {
      const bed = await stage.open();
      expect(await rejection(bed.connect({ policy: 'keep-everything' }))).toBe(
        'LAB_ERR_UNKNOWN_POLICY',
      );
      expect(bed.broadcast.counters.clients).toBe(0);
    },
  },

  'who asks for a larger backlog than the server allows is let in, and told what it got': {
    needs: 'policy',
    check: async (stage) => {
      const bed = await stage.open({ broadcast: { maxBacklog: 'messages=100' } });
      const granted = async (policy?: string): Promise<string | undefined> => {
        const { subscription } = await bed.connect(policy === undefined ? {} : { policy });
        return subscription.welcome.policy;
      };
      expect(await granted('drop-oldest/messages=5000')).toBe('drop-oldest/messages=100');
      expect(await granted('disconnect/messages=5/age=1s')).toBe('disconnect/messages=5/age=1s');
      expect(await granted()).toBe('drop-oldest/messages=100');
      expect(bed.server.counters).toMatchObject({ accepted: 3, refused: 0 });
    },
  },

  'a policy for which the feed would have to wait is refused': {
    needs: 'policy',
    check: async (stage) => {
      const bed = await stage.open();
      expect(await rejection(bed.connect({ policy: 'block' }))).toBe('LAB_ERR_BAD_VALUE');
      expect(bed.broadcast.counters.clients).toBe(0);
    },
  },

  'a request out of bounds is refused with LAB_ERR_BAD_REQUEST': {
    needs: 'policy',
    check: async (stage) => {
      const bed = await stage.open();
      expect(await rejection(bed.connect({ fromSeq: 0 }))).toBe('LAB_ERR_BAD_REQUEST');
      expect(await rejection(bed.connect({ keys: [''] }))).toBe('LAB_ERR_BAD_REQUEST');
      expect(await rejection(bed.connect({ policy: 'p\ud800' }))).toBe('LAB_ERR_UNKNOWN_POLICY');
      expect(bed.broadcast.counters.clients).toBe(0);
    },
  },

  'a closed feed refuses with LAB_ERR_CLOSED': {
    check: async (stage) => {
      const bed = await stage.open();
      bed.broadcast.close();
      expect(await rejection(bed.connect())).toBe('LAB_ERR_CLOSED');
    },
  },

  'connecting to nobody fails in time and leaves nothing open': {
    check: async (stage) => {
      const bed = await stage.open();
      const { endpoint } = bed.server;
      await bed.server.close();
      const before = openHandles();
      const failed = await rejection(bed.connect({ timeoutMs: 400 }));
      expect(['LAB_ERR_CONNECT', 'LAB_ERR_CONNECT_TIMEOUT']).toContain(failed);
      for (const port of [70_000, -1, Number.NaN]) {
        const connecting = stage.transport.connect(
          { host: endpoint.host, port },
          {
            ...stage.subject.connect,
            codec: bed.codec,
            clock,
            receiver: { begin() {}, message() {}, end() {}, control() {} },
            timeoutMs: 400,
          },
        );
        expect(await rejection(connecting)).toBe('LAB_ERR_CONNECT');
      }
      await until(
        () => openHandles().length <= before.length,
        () => `still open: ${openHandles().join(' ')}`,
      );
    },
  },

  'a port in use is LAB_ERR_PORT_IN_USE, a port that is none LAB_ERR_LISTEN': {
    check: async (stage) => {
      const bed = await stage.open();
      const listen = async (port: number): Promise<void> => {
        const broadcast = new Broadcast({ clock, encoder: bed.codec });
        const options = { host: '127.0.0.1', port, codecs: [bed.codec], clock };
        await (await stage.transport.listen(broadcast, options)).close();
      };
      expect(await rejection(listen(bed.server.endpoint.port))).toBe('LAB_ERR_PORT_IN_USE');
      expect(await rejection(listen(70_000))).toBe('LAB_ERR_LISTEN');
      expect(await rejection(listen(-1))).toBe('LAB_ERR_LISTEN');
    },
  },
};
