import { describe, expect, it } from 'vitest';
import { codecNames, loadCodec } from '../../src/codecs/registry.js';
import { Broadcast } from '../../src/core/broadcast.js';
import { systemClock } from '../../src/core/clock.js';
import { loadTransport } from '../../src/transports/registry.js';
import type { ConnectOptions, Endpoint, ListenOptions, Transport } from '../../src/transports/transport.js';
import { Bed, type BedOptions, type Client, range, rejection, until } from './transport-support.js';

/** What a transport may be unable to do by its nature. A law of `NEEDS` is skipped where it is missing. */
export type Ability = 'snapshot' | 'replay' | 'keys' | 'policy' | 'admission' | 'bursts';

/** What the kit must know of a transport beyond its interface. */
export interface Subject {
  /** Name in the registry. */
  readonly name: string;
  /** Sends each of these as a stranger to `endpoint`, in whatever unit the transport has. */
  readonly stranger: (endpoint: Endpoint, packets: readonly Buffer[]) => Promise<void>;
  /** How its server is asked to send, and what it then says. Without the first: as it likes. */
  readonly listen?: Partial<ListenOptions>;
  readonly sender: string;
  /** What it cannot do, each with the reason. */
  readonly unsupported?: Readonly<Partial<Record<Ability, string>>>;
  /** True when a server speaks one codec only. */
  readonly oneCodec?: boolean;
  /** Added to what every client is connected with. */
  readonly connect?: Partial<ConnectOptions>;
}

interface Stage {
  readonly transport: Transport;
  readonly codecName: string;
  readonly subject: Subject;
  /** How many subscribers a server sees when there are so many: one, if they are members of a group. */
  seen(subscribers: number): number;
  open(options?: BedOptions): Promise<Bed>;
}

const clock = systemClock();

/** Every transport, with every codec, is held to these. A law opens its own server on a free loopback port. */
const LAWS: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  'the welcome comes first and tells codec, epoch, next, oldest and the size of the snapshot': async (
    stage,
  ) => {
    const bed = await stage.open({ listen: { heartbeatMs: 700 } });
    bed.publish(2, 'a');
    bed.publish(1, 'b');
    const { subscription, recorder } = await bed.connect();
    expect(subscription.welcome).toEqual({
      control: 'welcome',
      protocol: 1,
      codec: stage.codecName,
      epoch: bed.broadcast.epoch,
      next: 4,
      oldest: 1,
      snapshot: 2,
      heartbeat_ms: 700,
    });
    await received([recorder], 2);
    expect(recorder.items[0]).toEqual(subscription.welcome);
    expect(subscription.localPort).toBeGreaterThan(0);
  },

  '120 subscribers each get every message once, in order and intact': async (stage) => {
    const bed = await stage.open();
    const clients = await bed.connectMany(120);
    expect(bed.broadcast.counters.clients).toBe(stage.seen(120));
    await publishInStep(bed, clients, 20, 5);
    const [first] = clients as [Client];
    for (const { recorder } of clients) expect(recorder.seqs).toEqual(range(1, 100));
    expect(first.recorder.messages.map(({ value }) => value)).toEqual(
      range(1, 100).map((at) => ({ at, text: 'é😀' })),
    );
    for (const { recorder } of clients) expect(recorder.messages).toEqual(first.recorder.messages);
  },

  'the counters of server and clients add up': async (stage) => {
    const bed = await stage.open({ listen: { heartbeatMs: 60_000 } });
    const clients = await bed.connectMany(7);
    await publishInStep(bed, clients, 1, 10);
    const bytesOf = (): number =>
      clients.reduce((sum, { subscription }) => sum + subscription.counters.bytes, 0);
    const before = { received: bytesOf(), sent: bed.server.counters.sendBytes };
    await publishInStep(bed, clients, 5, 10);
    const copies = 7 / stage.seen(7);
    expect(bytesOf() - before.received).toBe(copies * (bed.server.counters.sendBytes - before.sent));
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

  'a late subscriber gets the newest value of each key, then the live feed': async (stage) => {
    const bed = await stage.open();
    for (const key of ['a', 'b', 'a', 'c', 'b', 'a']) bed.publish(1, key);
    const { subscription, recorder } = await bed.connect();
    bed.publish(2, 'b');
    await received([recorder], 5);
    expect([subscription.welcome.snapshot, subscription.welcome.next]).toEqual([3, 7]);
    expect(recorder.seqs).toEqual([4, 5, 6, 7, 8]);
  },

  'a filtered subscriber gets its keys only': async (stage) => {
    const bed = await stage.open();
    for (const key of ['é', 'b', 'c']) bed.publish(1, key);
    const { recorder } = await bed.connect({ keys: ['é', 'c'] });
    const all = await bed.connect();
    for (const key of ['b', 'é', 'b', 'c', 'b']) bed.publish(1, key);
    await received([recorder], 4);
    await received([all.recorder], 8);
    expect(recorder.seqs).toEqual([1, 3, 5, 7]);
  },

  'fromSeq replays what is retained, in order, then the live feed': async (stage) => {
    const bed = await stage.open();
    bed.publish(10);
    const { subscription, recorder } = await bed.connect({ fromSeq: 4 });
    bed.publish(1);
    await received([recorder], 8);
    expect(recorder.seqs).toEqual(range(4, 11));
    expect([subscription.welcome.next, subscription.welcome.snapshot, recorder.told]).toEqual([4, 0, 0]);
  },

  'fromSeq before retention is told as lagged once, with the exact count': async (stage) => {
    const bed = await stage.open({ broadcast: { retention: { messages: 5, bytes: 1e9 } } });
    bed.publish(20);
    const { subscription, recorder } = await bed.connect({ fromSeq: 3 });
    await received([recorder], 5);
    expect(subscription.welcome.oldest).toBe(16);
    expect(recorder.controls.slice(1)).toEqual([{ control: 'lagged', missed: 13, next: 16 }]);
    expect(recorder.seqs).toEqual(range(16, 20));
    expect(bed.server.counters.droppedMessages).toBe(13);
  },

  'silence brings heartbeats that name the next sequence number': async (stage) => {
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

  'a message is delivered whole or refused at publish: never cut, whatever its size': async (stage) => {
    const bed = await stage.open({ codec: { maxMessageBytes: 2_000_000 } });
    const { recorder } = await bed.connect();
    const accepted: string[] = [];
    for (const size of [0, 1, 1_000, 1_100, 1_200, 1_500, 20_000, 70_000, 300_000, 1_500_000, 2_500_000, 1]) {
      const value = 'x'.repeat(size);
      const published = await rejection((async () => bed.broadcast.publish('k', value))());
      if (published === 'nothing') accepted.push(value);
      else expect(published).toBe('LAB_ERR_MESSAGE_TOO_LARGE');
      await received([recorder], accepted.length);
    }
    expect(accepted.length).toBeGreaterThanOrEqual(4);
    expect(recorder.messages.map(({ value }) => value)).toEqual(accepted);
  },

  'closing the broadcast delivers what is due and ends every subscription in order': async (stage) => {
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

  'closing the server delivers what is due, ends every subscription and leaves nothing open': async (
    stage,
  ) => {
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

  'a client that closes is noticed, frees its place, and disturbs nobody': async (stage) => {
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

  'one client too many is refused with LAB_ERR_MAX_CLIENTS': async (stage) => {
    const bed = await stage.open({ broadcast: { maxClients: 2 } });
    const clients = await bed.connectMany(2);
    expect(await rejection(bed.connect())).toBe('LAB_ERR_MAX_CLIENTS');
    await publishInStep(bed, clients, 1, 3);
    expect(bed.server.counters).toMatchObject({ accepted: 2, refused: 1 });
  },

  'a codec that the server does not offer is refused with LAB_ERR_UNKNOWN_CODEC': async (stage) => {
    const others = codecNames().filter((name) => name !== stage.codecName);
    const codecs = await Promise.all(others.map((name) => loadCodec(name)));
    const bed = await stage.open({ listen: { codecs } });
    expect(await rejection(bed.connect())).toBe('LAB_ERR_UNKNOWN_CODEC');
    expect(bed.server.counters).toMatchObject({ accepted: 0, refused: 1 });
  },

  'an unknown policy is refused with LAB_ERR_UNKNOWN_POLICY': async (stage) => {
    const bed = await stage.open();
    expect(await rejection(bed.connect({ policy: 'keep-everything' }))).toBe('LAB_ERR_UNKNOWN_POLICY');
    expect(bed.broadcast.counters.clients).toBe(0);
  },

  'a request out of bounds is refused with LAB_ERR_BAD_REQUEST': async (stage) => {
    const bed = await stage.open();
    expect(await rejection(bed.connect({ fromSeq: 0 }))).toBe('LAB_ERR_BAD_REQUEST');
    expect(await rejection(bed.connect({ keys: [''] }))).toBe('LAB_ERR_BAD_REQUEST');
    expect(await rejection(bed.connect({ policy: 'p\ud800' }))).toBe('LAB_ERR_UNKNOWN_POLICY');
    expect(bed.broadcast.counters.clients).toBe(0);
  },

  'a closed feed refuses with LAB_ERR_CLOSED': async (stage) => {
    const bed = await stage.open();
    bed.broadcast.close();
    expect(await rejection(bed.connect())).toBe('LAB_ERR_CLOSED');
  },

  'connecting to nobody fails in time and leaves nothing open': async (stage) => {
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

  'a port in use is LAB_ERR_PORT_IN_USE, a port that is none LAB_ERR_LISTEN': async (stage) => {
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

  'garbage from strangers harms nobody': async (stage) => {
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

  'a burst of any size arrives whole and in order': async (stage) => {
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
};

/** What a law takes for granted. */
const NEEDS: Readonly<Record<string, Ability>> = {
  'the welcome comes first and tells codec, epoch, next, oldest and the size of the snapshot': 'snapshot',
  'a late subscriber gets the newest value of each key, then the live feed': 'snapshot',
  'a filtered subscriber gets its keys only': 'keys',
  'fromSeq replays what is retained, in order, then the live feed': 'replay',
  'fromSeq before retention is told as lagged once, with the exact count': 'replay',
  'a client that closes is noticed, frees its place, and disturbs nobody': 'admission',
  'one client too many is refused with LAB_ERR_MAX_CLIENTS': 'admission',
  'a codec that the server does not offer is refused with LAB_ERR_UNKNOWN_CODEC': 'admission',
  'an unknown policy is refused with LAB_ERR_UNKNOWN_POLICY': 'policy',
  'a request out of bounds is refused with LAB_ERR_BAD_REQUEST': 'policy',
  'a burst of any size arrives whole and in order': 'bursts',
};

/** Holds one registered transport to the laws above, with every codec. */
export function describeTransport(subject: Subject): void {
  const unknown = Object.keys(NEEDS).filter((law) => !Object.hasOwn(LAWS, law));
  if (unknown.length > 0) throw new Error(`no such law: ${unknown.join('; ')}`);
  describe.each(codecNames())(`transport ${subject.name} by ${subject.sender} with %s`, (codecName) => {
    for (const [law, check] of Object.entries(LAWS)) {
      const ability = NEEDS[law];
      const reason = ability === undefined ? undefined : subject.unsupported?.[ability];
      if (reason !== undefined) {
        it.skip(`${law} (skipped: ${reason})`, () => {});
        continue;
      }
      it(law, async () => {
        const transport = await loadTransport(subject.name);
        const { connect = {}, oneCodec = false } = subject;
        const open = async (options: BedOptions = {}): Promise<Bed> => {
          const listen = { ...subject.listen, ...options.listen };
          const bed = await Bed.open(transport, codecName, { connect, oneCodec, ...options, listen });
          expect(bed.server.sender).toBe(subject.sender);
          return bed;
        };
        const seen = (subscribers: number): number => (transport.multicast === true ? 1 : subscribers);
        await check({ transport, codecName, subject, seen, open });
      });
    }
  });
}

async function received(recorders: readonly Client['recorder'][], count: number): Promise<void> {
  await until(
    () => recorders.every(({ seqs }) => seqs.length >= count),
    () => `${count} messages at each; have ${recorders.map(({ seqs }) => seqs.length).join(' ')}`,
  );
}

/** Publishes `rounds` × `batch`, each batch when everyone has the one before: a pace that no socket buffer can lose. */
async function publishInStep(
  bed: Bed,
  clients: readonly Client[],
  rounds: number,
  batch: number,
): Promise<void> {
  const recorders = clients.map(({ recorder }) => recorder);
  const already = recorders[0]?.seqs.length ?? 0;
  for (let round = 1; round <= rounds; round++) {
    bed.publish(batch);
    await received(recorders, already + round * batch);
  }
}

/** Sockets and timers that keep the process alive. */
function openHandles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|UDP|Pipe|Timeout/.test(name));
}

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
