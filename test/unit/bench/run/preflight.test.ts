import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig } from '../../../../bench/config.js';
import { preflight } from '../../../../bench/run/preflight.js';
import { planFeed } from '../../../../bench/workload/feed-plan.js';
import { LabError } from '../../../../src/errors.js';
import { openFilesLimit } from '../../../../src/kernel/open-files.js';
import { withFile } from '../../../support/source/sources.js';

const config = (overrides: Partial<RunConfig>): RunConfig => ({ ...DEFAULT_CONFIG, ...overrides });

/** The error that these options are refused with. */
async function refusal(overrides: Partial<RunConfig>): Promise<LabError> {
  try {
    await preflight(config(overrides));
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const limit = await openFilesLimit();

describe('preflight', () => {
  it('lets the defaults pass and tells the mean size of a value', async () => {
    expect(await preflight(config({}))).toEqual({ meanValueBytes: 40 });
  });

  it.each<[string, Partial<RunConfig>]>([
    ['LAB_ERR_UNKNOWN_TRANSPORT', { transports: ['tcp', 'pigeon'] }],
    ['LAB_ERR_UNKNOWN_CODEC', { codecs: ['xml'] }],
    ['LAB_ERR_UNKNOWN_POLICY', { policies: ['drop-oldest', 'hope'] }],
    ['LAB_ERR_UNKNOWN_SOURCE', { source: 'oracle' }],
    ['LAB_ERR_BAD_VALUE', { flushes: ['auto', 'soon'] }],
    ['LAB_ERR_SOURCE_UNREADABLE', { source: 'replay:/no/such/file.csv' }],
  ])('%s for a name or file that does not exist', async (code, overrides) => {
    expect((await refusal(overrides)).code).toBe(code);
  });

  it.each<[Partial<RunConfig>, string]>([
    [{ transports: ['tcp', 'udp-multicast'], links: ['none', '4g'] }, 'udp-multicast'],
    [{ transports: ['udp'], receiver: 'virtual', links: ['4g'] }, '`virtualClients`'],
  ])('a link is refused for what it cannot carry: %j', async (overrides, named) => {
    const { code, message } = await refusal(overrides);
    expect(code).toBe('LAB_ERR_BAD_VALUE');
    expect(message).toContain('`links` 4g is nothing for');
    expect(message).toContain(named);
  });

  it('a live source is refused before it is opened: no two processes would see the same feed', async () => {
    const { code, message, hint } = await refusal({ source: 'finnhub:AAPL' });
    expect(code).toBe('LAB_ERR_BAD_VALUE');
    expect(message).toContain("source 'finnhub:AAPL' is live");
    expect(hint).toContain('replay:FILE');
    const spec = {
      ratePerSecond: 1,
      speed: 1,
      warmupMs: 0,
      durationMs: 1,
      seed: 1,
      sizeBytes: 0,
      symbols: 1,
    };
    await expect(planFeed({ ...spec, source: 'finnhub:AAPL' })).rejects.toMatchObject({ code });
  });

  it.runIf(limit !== null).each(['tcp', 'ws'])(
    '%s: more clients than a process may open files are refused, with the command that helps',
    async (transport) => {
      const clients = (limit as number) + 1;
      // Shared among so many processes that only the server can be short of descriptors.
      const { code, message, hint } = await refusal({
        transports: ['udp', transport],
        subscriberProcesses: 1_000,
        clients: [1, clients],
      });
      expect(code).toBe('LAB_ERR_FD_LIMIT');
      expect(message).toContain(`\`clients\` ${clients}`);
      expect(hint).toContain('ulimit -n');
    },
  );

  it.runIf(limit !== null)(
    'which process needs them, and what spreads them, is said by number',
    async () => {
      const files = limit as number;
      const clients = 3 * files;
      const refused = (change: Partial<RunConfig>): Promise<LabError> =>
        refusal({ clients: [clients], subscriberProcesses: 8, ...change });
      const one = await refused({ transports: ['tcp'], shards: 2 });
      expect(one.message).toBe(
        `\`clients\` ${clients} needs ${Math.ceil(clients / 2) + 64} open files in a server process, the limit is ${files}`,
      );
      expect(one.hint).toMatch(/spread them with `shards`, or ask for at most \d+ clients$/);
      // A UDP server has one socket for all.
      const { message, hint } = await refused({ transports: ['udp'], subscriberProcesses: 2 });
      expect(message).toContain(
        `${Math.ceil(clients / 2) + 64} open files in a subscriber process`,
      );
      expect(hint).toContain(
        `spread them with \`subscriberProcesses\`, or ask for at most ${2 * (files - 64)} clients`,
      );
    },
  );

  it('a multicast group has one server: there is nothing to share out among several', async () => {
    const { code, message } = await refusal({ transports: ['tcp', 'udp-multicast'], shards: 2 });
    expect(code).toBe('LAB_ERR_BAD_VALUE');
    expect(message).toContain('`shards` 2 is nothing for `transports` udp-multicast');
  });

  it.each(['udp', 'udp-multicast'])(
    'policy block is refused where nobody can be felt to be slow: %s',
    async (transport) => {
      const policies = ['conflate', 'block/messages=10'];
      const { code, message, hint } = await refusal({ transports: ['tcp', transport], policies });
      expect(code).toBe('LAB_ERR_BAD_VALUE');
      expect(message).toContain(
        `\`policies\` block/messages=10 is nothing for \`transports\` ${transport}: datagrams have no backpressure`,
      );
      expect(hint).toContain('leave block out');
    },
  );

  it('policy block is refused beside an injected delay, and taken by TCP alone', async () => {
    const policies = ['block'];
    const inject = { delayMs: 30 };
    const { code } = await refusal({ transports: ['tcp'], policies, inject });
    expect(code).toBe('LAB_ERR_BAD_VALUE');
    expect(await preflight(config({ policies, transports: ['tcp', 'ws'] }))).toMatchObject({
      meanValueBytes: 40,
    });
  });

  it('a message that no datagram carries is refused before UDP runs, and is nothing to TCP', async () => {
    const sizesBytes = [40, 1_300];
    const { code, message, hint } = await refusal({ sizesBytes });
    expect(code).toBe('LAB_ERR_MESSAGE_TOO_LARGE');
    expect(message).toContain('`datagramBytes` 1200');
    expect(hint).toContain('`sizesBytes`');
    expect(await preflight(config({ sizesBytes, transports: ['tcp'] }))).toEqual({
      meanValueBytes: 1_300,
    });
  });

  it('a live source is refused without reading it: every process of a run must know the feed', async () => {
    const { code, message, hint } = await refusal({ source: 'stdin:lines' });
    expect(code).toBe('LAB_ERR_BAD_VALUE');
    expect(message).toContain("source 'stdin:lines' is live");
    expect(hint).toContain("`source: 'replay:FILE'`");
    expect(process.stdin.listenerCount('readable')).toBe(0);
  });

  it('a part of a recording is tried as that part', async () => {
    await withFile(
      'timed.csv',
      'symbol,time,price\nA,1700000000,1\nB,1700000001,22\n',
      async (path) => {
        const replay = { source: `replay:${path}`, sizesBytes: [0] };
        const from = (after: number) => ({
          sourceOptions: { ...DEFAULT_CONFIG.sourceOptions, from: { after } },
        });
        expect(await preflight(config({ ...replay, ...from(1_000_000) }))).toMatchObject({
          meanValueBytes: '{"price":22}'.length,
        });
        const { code } = await refusal({ ...replay, ...from(1_000_001) });
        expect(code).toBe('LAB_ERR_SOURCE_EMPTY');
      },
    );
  });

  it('a rate that publishes nothing in the window is refused with a window that would do', async () => {
    const { code, message, hint } = await refusal({
      ratesPerSecond: [100, 0.1],
      durationsMs: [5_000],
      warmupMs: 1_000,
    });
    expect(code).toBe('LAB_ERR_BAD_VALUE');
    expect(message).toBe(
      '`ratesPerSecond` 0.1 publishes nothing in a window of 5 s that begins after 1 s',
    );
    expect(hint).toContain('`durationsMs` 10s');
    await preflight(config({ ratesPerSecond: [0.1], durationsMs: [10_000], warmupMs: 1_000 }));
  });

  it('how a recording is read is known before the run', async () => {
    await withFile('a.csv', 'when;pair;v\n2025-02-13;BTC;1,234\n', async (path) => {
      const source = `replay:${path}?time=when`;
      const { reading, notices } = await preflight(
        config({
          source,
          sourceOptions: { ...DEFAULT_CONFIG.sourceOptions, keyColumn: 'pair' },
          sizesBytes: [0],
        }),
      );
      expect(reading).toMatchObject({ format: 'CSV divided by ";"', time: ['when'], key: 'pair' });
      expect(notices).toEqual([expect.stringContaining('may set thousands apart')]);
      const { hint } = await refusal({
        source: `replay:${path}`,
        ratesPerSecond: null,
        sizesBytes: [0],
      });
      expect(hint).toContain('`timeColumn`: when, pair, v');
    });
  });

  it('a recorded pace needs recorded times: without them all messages would be due at once', async () => {
    await withFile('plain.csv', 'symbol,price\nA,1\nB,2\n', async (path) => {
      const source = `replay:${path}`;
      const { code, message } = await refusal({ source, ratesPerSecond: null, sizesBytes: [0] });
      expect(code).toBe('LAB_ERR_BAD_VALUE');
      expect(message).toContain("`ratesPerSecond: 'recorded'`");
      expect(await preflight(config({ source, sizesBytes: [0] }))).toMatchObject({
        meanValueBytes: '{"price":1}'.length,
      });
    });
    await withFile(
      'timed.csv',
      'symbol,time,price\nA,1700000000,1\nB,1700000001,2\n',
      async (path) => {
        await preflight(
          config({ source: `replay:${path}`, ratesPerSecond: null, sizesBytes: [0] }),
        );
      },
    );
  });
});
