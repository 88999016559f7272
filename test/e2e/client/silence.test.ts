/**
 * A feed whose server says too little: it is left at once whenever one likes, does not storm the
 * server, and comes back.
 */
import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { subscribe } from '../../../src/client/feed.js';
import type { FeedEvent } from '../../../src/client/feed-event.js';
import type { Feed } from '../../../src/client/feed-stats.js';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { GROUP_SILENCES, UDP_SILENCES } from '../../conformance/silences/datagram.js';
import { type Silence, type SilentServer, turns } from '../../conformance/silences/silence.js';
import { TCP_SILENCES, WS_SILENCES } from '../../conformance/silences/stream.js';
import { until } from '../../support/conformance/transport-support.js';
import { FakeClock } from '../../support/core/fake-clock.js';

const [CODEC = ''] = codecNames();
const TRANSPORTS: Readonly<Record<string, readonly Silence[]>> = {
  tcp: TCP_SILENCES,
  ws: WS_SILENCES,
  udp: UDP_SILENCES,
  'udp-multicast': GROUP_SILENCES,
};

interface Opened {
  readonly clock: FakeClock;
  readonly stop: AbortController;
  readonly notices: FeedEvent[];
  readonly feed: Feed;
  readonly server: SilentServer;
  /** What the loop came to. */
  readonly loop: Promise<unknown>;
}

async function open(transport: string, silence: Silence, retry = false): Promise<Opened> {
  // So that a feed has connected within a few turns of the event loop.
  await loadTransport(transport);
  const server = await silence.open(await loadCodec(CODEC));
  const { endpoint, silent } = server;
  const on = transport === 'udp-multicast' ? '?interface=127.0.0.1' : '';
  const clock = new FakeClock();
  const stop = new AbortController();
  const notices: FeedEvent[] = [];
  const feed = subscribe(`${transport}://${endpoint.host}:${endpoint.port}${on}`, {
    codec: CODEC,
    clock,
    retry,
    signal: stop.signal,
    random: () => 0.5,
    onEvent: (notice) => void notices.push(notice),
  });
  onTestFinished(() => feed.close());
  const loop = (async () => {
    for await (const _ of feed);
    return 'over';
  })().catch((error: unknown) => error);
  await silent;
  await turns(20);
  return { clock, stop, notices, feed, server, loop };
}

async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    await turns(4);
  }
}

/** Both ways to leave, and what must be true at once. */
async function expectLeft(
  { clock, stop, notices, feed, loop }: Opened,
  how: 'close' | 'abort',
): Promise<void> {
  if (how === 'abort') stop.abort();
  const left = how === 'close' ? feed.close() : loop.then(() => feed.close());
  expect(await Promise.race([left.then(() => 'left'), turns(5).then(() => 'still there')])).toBe(
    'left',
  );
  expect(await loop).toBe('over');
  expect(notices.at(-1)).toEqual({ type: 'ended', reason: 'left' });
  expect(clock.pending).toBe(0);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
}

describe.each(Object.entries(TRANSPORTS))('a feed over %s', (transport, silences) => {
  const connecting = silences.filter(({ welcomes }) => welcomes === undefined);
  const mute = silences.filter(({ welcomes }) => welcomes === 'then-nothing');

  it.each(connecting)('is left at once while a server $server', async (silence) => {
    for (const how of ['close', 'abort'] as const)
      await expectLeft(await open(transport, silence), how);
  });

  it('is left at once between two attempts', async () => {
    const [silence] = connecting as [Silence];
    for (const how of ['close', 'abort'] as const) {
      const opened = await open(transport, silence, true);
      const { clock, notices } = opened;
      clock.advance(10_000);
      await turns(20);
      expect(notices.at(-1)).toMatchObject({ type: 'reconnecting', delayMs: 50 });
      await expectLeft(opened, how);
    }
  });

  it.each(silences)('does not storm a server that $server', async (silence) => {
    const { clock, notices, server } = await open(transport, silence, true);
    server.hush?.();
    await pass(clock, 60_000);
    const attempts = notices.filter(({ type }) => type === 'reconnecting');
    expect(attempts.length).toBeGreaterThan(2);
    expect(attempts.length).toBeLessThan(16);
  });

  it.each(mute)('comes back to a server that $server', async (silence) => {
    const { clock, notices, feed, server } = await open(transport, silence);
    await until(() => feed.stats().connected, 'the first welcome');
    server.hush?.();
    await pass(clock, 8_000);
    const cuts = notices.filter((notice) => notice.type === 'reconnecting');
    expect(cuts[0]?.cause).toMatchObject({ code: 'LAB_ERR_PEER_TIMEOUT' });
    clock.advance(50);
    await until(() => {
      server.speak();
      return feed.stats().reconnects > 0;
    }, 'the second welcome');
  });
});
