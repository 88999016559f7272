import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { serverSpec } from '../../../../bench/cell/server-spec.js';
import { planCells } from '../../../../bench/run/matrix.js';
import { DEVIATIONS, settingsOf } from '../../../../bench/worker-server/settings.js';
import { runConfig } from '../../../../cli/args/run-config.js';
import { longName } from '../../../../cli/args/run-flag.js';
import { FLAGS } from '../../../../cli/args/run-flags.js';
import { serveConfig, serveFlags } from '../../../../cli/args/serve-config.js';
import { serverOptions } from '../../../../cli/serve/command.js';
import { loadCodec } from '../../../../src/codecs/registry.js';
import { followingClock } from '../../../../src/core/clock.js';
import { broadcastOptions, listenOptions } from '../../../../src/serve/assemble.js';
import { allotDescriptors } from '../../../../src/serve/descriptors.js';
import { loadCodecs } from '../../../../src/serve/parts.js';
import { settingsOf as serveSettingsOf } from '../../../../src/serve/server.js';
import { transportTable } from '../../../../src/transports/registry.js';
import { STREAM_DEFAULTS } from '../../../../src/transports/stream/server.js';
import { FakeClock } from '../../../support/core/fake-clock.js';

const ANCHOR = 0;
const CLIENTS = 100;
/** Of the run and of the server: two clocks. */
const [RUN_CLOCK, SERVE_CLOCK] = [new FakeClock(), followingClock(new FakeClock())];
const PORT = 7_400;

/** What the flags of a command make of these words, each `--flag=text`. */
function parsed<T>(
  flags: readonly { flags: string; parse: (text: string, flag: string) => T }[],
  words: readonly string[],
): T[] {
  return words.map((word) => {
    const [, name = '', text = ''] = /^(--[\w-]+)(?:=(.*))?$/.exec(word) ?? [];
    return flags.find((flag) => longName(flag) === name)!.parse(text, name);
  });
}

type Given = Readonly<Record<string, unknown>>;

interface Effective {
  /** What `Broadcast` is given, and what `listen` is. */
  readonly broadcast: Given;
  readonly listen: Given;
}

async function ofRun(transport: string, words: readonly string[]): Promise<Effective> {
  const config = runConfig(parsed(FLAGS, [`--transport=${transport}`, `--port=${PORT}`, ...words]));
  const [plan] = planCells(config);
  if (plan?.kind !== 'local') throw new Error('not a cell with a server of the lab');
  const spec = serverSpec(plan, config, ANCHOR, 0, config.host);
  const settings = settingsOf(spec, RUN_CLOCK, await loadCodec(spec.codec));
  const listen = listenOptions(settings, transport, spec.port);
  return { broadcast: { ...broadcastOptions(settings) }, listen: { ...listen } };
}

async function ofServe(transport: string, words: readonly string[]): Promise<Effective> {
  const config = serveConfig(parsed(serveFlags(), [`--transport=${transport}`, ...words]));
  const options = serverOptions(config);
  const settings = serveSettingsOf(options, {
    clock: SERVE_CLOCK,
    host: config.host,
    codecs: await loadCodecs(options.codec),
    allotment: allotDescriptors({
      limit: null,
      inUse: 0,
      clients: undefined,
      mostClients: config.maxClients,
      streams: 1,
      http: false,
    }),
  });
  const listen = listenOptions(settings, transport, PORT);
  return { broadcast: { ...broadcastOptions(settings) }, listen: { ...listen } };
}

/** In what a broadcast differs, and why that does not make it another server. */
const OF_BROADCAST = {
  // Of the run: all its processes share it. A server's follows the wall clock.
  clock: true,
  // The clients of the cell; a server has room for more.
  maxClients: true,
  // No stranger takes the place of a subscriber.
  byInvitation: true,
};

/** In what `listen` differs. */
const OF_LISTEN = {
  clock: true,
  // Nobody asks for another.
  codecs: true,
  // Every subscriber sends a request, however long it may be busy first.
  graceMs: true,
  // A run asks for the same one on every machine (--sndbuf).
  sendBufferBytes: true,
  // What subscribers lose is a result there.
  circuitBreaker: true,
  // A server divides its open files, says the default of a flag aloud, and has a log.
  maxWaiting: true,
  stallMs: true,
  onNotice: true,
};

/** A server tells each transport the options of all; those of others have no effect on it. */
function ownOf(transport: string, given: Given): Given {
  const own = transportTable(transport).map(({ name }) => name);
  const foreign = transportTable()
    .map(({ name }) => name)
    .filter((name) => !own.includes(name));
  return Object.fromEntries(Object.entries(given).filter(([name]) => !foreign.includes(name)));
}

function namesOfDifferences(a: Given, b: Given): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => !isDeepStrictEqual(a[name], b[name]),
  );
}

describe('the server of a run is that of lab serve with the same options', () => {
  const shared = ['--flush=2ms', '--policy=disconnect'];
  it.each([
    ['tcp', []],
    ['tcp', shared],
    ['ws', shared],
    ['udp', [...shared, '--datagram=1000', '--udp-sender=dgram']],
    [
      'udp-multicast',
      [
        ...shared,
        '--group=239.255.1.2',
        '--multicast-ttl=0',
        '--multicast-interface=127.0.0.1',
        '--datagram=900',
      ],
    ],
  ])(
    '%s %j: the broadcast and the transport are given the same, but for what is listed',
    async (transport, words) => {
      const run = await ofRun(transport, words);
      const serve = await ofServe(transport, words);
      const listed = (differences: Given) => Object.keys(differences).sort();
      expect(namesOfDifferences(run.broadcast, serve.broadcast).sort()).toEqual(
        listed(OF_BROADCAST),
      );
      // A run names the interface of multicast, for its subscribers too: that of its host, as is
      // the default of a server.
      const unnamed = words.some((word) => word.startsWith('--multicast-interface'))
        ? {}
        : { multicastInterface: run.listen.host };
      const served = ownOf(transport, { ...serve.listen, ...unnamed });
      expect(namesOfDifferences(ownOf(transport, run.listen), served).sort()).toEqual(
        listed(ownOf(transport, OF_LISTEN)),
      );
    },
  );

  it('and what is listed differs as it is meant to', async () => {
    const run = await ofRun('tcp', [`--clients=${CLIENTS}`]);
    const serve = await ofServe('tcp', []);
    expect(run.broadcast).toMatchObject({ maxClients: CLIENTS, byInvitation: true });
    expect(serve.broadcast.byInvitation).toBeUndefined();
    expect(run.listen).toMatchObject({ graceMs: DEVIATIONS.graceMs });
    expect(run.listen.codecs).toEqual([run.broadcast.encoder]);
    expect((serve.listen.codecs as unknown[])[0]).toEqual(run.broadcast.encoder);
    // Absent means the default of the transport, which a server says aloud.
    const { graceMs, maxWaiting, stallMs, onNotice } = serve.listen;
    expect({ graceMs, maxWaiting, stallMs }).toEqual({
      graceMs: undefined,
      maxWaiting: STREAM_DEFAULTS.maxWaiting,
      stallMs: STREAM_DEFAULTS.stallMs,
    });
    expect(onNotice).toBeTypeOf('function');
    expect(run.listen).not.toHaveProperty('maxWaiting');
    expect(run.listen).not.toHaveProperty('stallMs');
  });
});
