/**
 * No server is waited for without end, whatever it has said before it fell silent; and nobody who
 * waits need wait on.
 */
import { getEventListeners } from 'node:events';
import { expect } from 'vitest';
import type { Codec } from '../../src/codecs/codec.js';
import { loadCodec } from '../../src/codecs/registry.js';
import type { Clock } from '../../src/core/clock.js';
import type { Welcome } from '../../src/core/message.js';
import type { Endpoint } from '../../src/transports/endpoint.js';
import type { ConnectOptions, Subscription } from '../../src/transports/transport.js';
import { Recorder, rejection, until } from '../support/conformance/transport-support.js';
import { welcomeIn } from '../support/conformance/welcome.js';
import { FakeClock, LoopClock } from '../support/core/fake-clock.js';
import { type Silence, type SilentServer, turns } from './silences/silence.js';
import { type Laws, openHandles, type Stage } from './transport-law.js';

const TIMEOUT_MS = 2_000;
/**
 * Three heartbeats of a second, or a lease: five seconds on every transport; and until a client
 * looks, half as long again.
 */
const SILENT_MS = 5_000;
const SEEN_MS = 7_500;
/** In which the event loop brings what is on its way. */
const TURNS = 20;

/** What every wire can carry, and no welcome may. */
const IMPOSSIBLE: readonly [keyof Welcome, number][] = [
  ['heartbeat_ms', 0],
  ['heartbeat_ms', 60_001],
  ['heartbeat_ms', 2 ** 32 - 1],
  ['next', 0],
  ['oldest', 0],
  ['snapshot', 1],
];

const WAITING: Which = ({ welcomes }) => welcomes === undefined;
const WELCOMED: Which = ({ welcomes }) => welcomes !== undefined;
const MUTE: Which = ({ welcomes }) => welcomes === 'then-nothing';
const LATE: Which = ({ isLate }) => isLate === true;

export const SILENCE: Laws = {
  'a connect that is aborted rejects at once and leaves nothing open, whatever the server has said':
    {
      check: (stage) =>
        each(stage, WAITING, async (server, codec) => {
          const before = openHandles();
          const clock = new FakeClock();
          const stop = new AbortController();
          const connecting = connect(stage, codec, server.endpoint, { clock, signal: stop.signal });
          await server.silent;
          await turns(TURNS);
          stop.abort();
          expect(await atOnce(connecting)).toBe('LAB_ERR_CLOSED');
          await expectNothingLeft(clock, stop.signal, before);
        }),
    },

  'a connect that is aborted as soon as it has begun, or before, does not look anything up first': {
    check: async (stage) => {
      const codec = await loadCodec(stage.codecName);
      const { host, port } = await endpointOfNobody(stage, codec);
      const names: Partial<ConnectOptions>[] = [{}, { multicastInterface: 'localhost' }];
      const hosts =
        stage.transport.multicast === true ? [host] : [host, 'localhost', 'no-such-host.invalid'];
      for (const wishes of names) {
        for (const name of hosts) {
          const before = openHandles();
          const clock = new FakeClock();
          const stop = new AbortController();
          const endpoint = { host: name, port };
          const connecting = connect(stage, codec, endpoint, {
            ...wishes,
            clock,
            signal: stop.signal,
          });
          stop.abort();
          expect(await atOnce(connecting)).toBe('LAB_ERR_CLOSED');
          const late = connect(stage, codec, endpoint, { ...wishes, clock, signal: stop.signal });
          expect(await atOnce(late)).toBe('LAB_ERR_CLOSED');
          await expectNothingLeft(clock, stop.signal, before);
        }
      }
    },
  },

  'an abort after the welcome changes nothing': {
    check: async (stage) => {
      const bed = await stage.open();
      const stop = new AbortController();
      const { subscription, recorder } = await bed.connect({ signal: stop.signal });
      expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
      stop.abort();
      bed.publish(1);
      await until(() => recorder.seqs.length === 1, 'a message after the abort');
      await subscription.close();
    },
  },

  'a server that falls silent before the welcome is given up at the timeout, and nothing is left open':
    {
      check: (stage) =>
        each(stage, WAITING, async (server, codec) => {
          const before = openHandles();
          const clock = new FakeClock();
          const stop = new AbortController();
          const connecting = connect(stage, codec, server.endpoint, {
            clock,
            timeoutMs: TIMEOUT_MS,
            signal: stop.signal,
          });
          let isOver = false;
          void rejection(connecting).then(() => {
            isOver = true;
          });
          await server.silent;
          await pass(clock, TIMEOUT_MS - 1);
          expect(isOver).toBe(false);
          await pass(clock, 1);
          expect(await atOnce(connecting)).toBe('LAB_ERR_CONNECT_TIMEOUT');
          server.hush?.();
          await expectNothingLeft(clock, stop.signal, before);
        }),
    },

  'a welcome is not late because this process stood still: what lies in the socket is read first': {
    check: (stage) =>
      each(stage, LATE, async (server, codec) => {
        const clock = new LoopClock();
        const connecting = connect(stage, codec, server.endpoint, { clock, timeoutMs: TIMEOUT_MS });
        connecting.catch(() => {});
        await server.silent;
        await turns(TURNS);
        await standStill(server, clock, TIMEOUT_MS);
        const subscription = await connecting;
        expect(subscription.welcome.codec).toBe(codec.name);
        await subscription.close();
      }),
  },

  'a server that falls silent after the welcome is gone after five seconds, or three heartbeats, seen in half as much again':
    {
      check: (stage) =>
        each(stage, WELCOMED, async (server, codec) => {
          const before = openHandles();
          const clock = new FakeClock();
          const subscription = await welcomed(stage, codec, server, clock);
          let error: unknown;
          void subscription.closed.then((closed) => {
            error = closed;
          });
          await pass(clock, SILENT_MS - 100);
          expect(error).toBeUndefined();
          await pass(clock, SEEN_MS - SILENT_MS + 100);
          await until(() => error !== undefined, 'the end of the subscription');
          expect(error).toMatchObject({ code: 'LAB_ERR_PEER_TIMEOUT' });
          expect(clock.pending).toBe(0);
          await until(() => openHandles().length <= before.length, 'nothing to be left open');
        }),
    },

  'a server that announces what no server can live by is refused with LAB_ERR_PROTOCOL, and the member named':
    {
      check: async (stage) => {
        const codec = await loadCodec(stage.codecName);
        const silence = stage.subject.silences.find(MUTE);
        const isAnnounced = (member: string): boolean =>
          member !== 'snapshot' || stage.subject.unsupported?.snapshot === undefined;
        for (const [member, value] of IMPOSSIBLE.filter(([name]) => isAnnounced(name))) {
          const server = await silence?.open(codec, { ...welcomeIn(codec), [member]: value });
          if (server === undefined)
            throw new Error('a transport must have a server that falls silent');
          const clock = new FakeClock();
          const before = openHandles();
          await expect(connect(stage, codec, server.endpoint, { clock })).rejects.toMatchObject({
            code: 'LAB_ERR_PROTOCOL',
            message: expect.stringContaining(
              `announced ${member} ${value}, not a whole number from `,
            ),
          });
          server.hush?.();
          expect(clock.pending).toBe(0);
          await until(() => openHandles().length <= before.length, 'nothing to be left open');
        }
      },
    },

  'a server is not silent because this process stood still: what lies in the socket is read first':
    {
      check: (stage) =>
        each(stage, MUTE, async (server, codec) => {
          const clock = new LoopClock();
          const subscription = await welcomed(stage, codec, server, clock);
          let isOver = false;
          void subscription.closed.then(() => {
            isOver = true;
          });
          for (let i = 0; i < 3; i++) {
            await standStill(server, clock, 3_600_000);
            await turns(TURNS);
            expect(isOver).toBe(false);
          }
          await subscription.close();
        }),
    },
};

/** Whether a law is about this server. */
type Which = (silence: Silence) => boolean;

/**
 * Tries every server that falls silent before (or after) the welcome, and names the one that a law
 * fails with.
 */
async function each(
  { subject, codecName }: Stage,
  which: Which,
  check: (server: SilentServer, codec: Codec) => Promise<void>,
): Promise<void> {
  const codec = await loadCodec(codecName);
  for (const silence of subject.silences) {
    if (!which(silence)) continue;
    try {
      await check(await silence.open(codec), codec);
    } catch (error) {
      throw new Error(`a server that ${silence.server}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

function connect(
  { transport, subject }: Stage,
  codec: Codec,
  endpoint: Endpoint,
  options: Pick<ConnectOptions, 'clock'> & Partial<ConnectOptions>,
): Promise<Subscription> {
  return transport.connect(endpoint, {
    ...subject.connect,
    codec,
    receiver: new Recorder(codec),
    ...options,
  });
}

async function welcomed(
  stage: Stage,
  codec: Codec,
  server: SilentServer,
  clock: Clock,
): Promise<Subscription> {
  const subscription = await connect(stage, codec, server.endpoint, { clock });
  await server.silent;
  server.hush?.();
  await turns(TURNS);
  return subscription;
}

/** A port that is somebody's, so that nothing fails before the abort. */
async function endpointOfNobody({ subject }: Stage, codec: Codec): Promise<Endpoint> {
  const server = await subject.silences[0]?.open(codec);
  return server?.endpoint ?? { host: '127.0.0.1', port: 9 };
}

/** Lets time go by in small steps, and the event loop round in each. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let step = 0; step < TURNS; step++) {
    clock.advance(ms / TURNS);
    await turns(5);
  }
}

/**
 * What the server says meanwhile is sent and not read: only the next phase of the event loop would.
 */
async function standStill(server: SilentServer, clock: FakeClock, ms: number): Promise<void> {
  server.speak();
  await new Promise<void>((resolve) => process.nextTick(resolve));
  clock.spend(ms * 1_000);
  clock.advance(0);
}

/** The code it rejects with, without any time or traffic. */
function atOnce(connecting: Promise<unknown>): Promise<string> {
  return Promise.race([rejection(connecting), turns(3).then(() => 'still waiting')]);
}

async function expectNothingLeft(
  clock: FakeClock,
  signal: AbortSignal,
  before: readonly string[],
): Promise<void> {
  expect(clock.pending).toBe(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  await until(
    () => openHandles().length <= before.length,
    () => `still open: ${openHandles().join(' ')}; before: ${before.join(' ')}`,
  );
}
