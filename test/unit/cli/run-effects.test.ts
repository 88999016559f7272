import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig, sourceChoices } from '../../../bench/config.js';
import { effectiveConfig } from '../../../bench/run/effective-config.js';
import { reproduction, runConfig, runFlags } from '../../../cli/args/run-config.js';
import { longName } from '../../../cli/args/run-flag.js';
import { loadTransport, transportNames } from '../../../src/transports/registry.js';

/** What flags set: each name followed by its value. */
function partsOf(words: readonly string[]): Partial<RunConfig>[] {
  const parts: Partial<RunConfig>[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const flag = runFlags().find((one) => longName(one) === words[i])!;
    parts.push(flag.parse(words[i + 1]!, words[i]!));
  }
  return parts;
}
const given = (...words: string[]): RunConfig => runConfig(partsOf(words));

/** What the flags of datagrams may say, and which transports take them. */
const DATAGRAM_FLAGS: readonly (readonly [string, string])[] = [
  ['--datagram', '1200'],
  ['--rcvbuf', '64k'],
  ['--sndbuf', '64k'],
];
const GROUP_FLAGS: readonly (readonly [string, string])[] = [
  ['--group', '239.1.2.3'],
  ['--multicast-ttl', '0'],
  ['--multicast-interface', 'lo'],
];
const UDP_SENDER: readonly [string, string] = ['--udp-sender', 'sendmmsg'];
const ALL = [...DATAGRAM_FLAGS, UDP_SENDER, ...GROUP_FLAGS];

describe('a flag that nothing in the run makes use of', () => {
  it.each(ALL)('is refused: %s %s with a transport of connections', (name, text) => {
    for (const transport of ['tcp', 'ws', 'tcp,ws']) {
      expect(() => given('--transport', transport, name, text)).toThrow(
        expect.objectContaining({
          code: 'LAB_ERR_NO_EFFECT',
          message: `${name} has no effect with --transport ${transport}`,
          hint: expect.stringMatching(
            new RegExp(`^leave ${name} out, or choose --transport udp(-multicast)?( or .*)?$`),
          ),
        }),
      );
    }
  });

  it.each([
    ['--time-unit', 'ms'],
    ['--time-column', 'at'],
    ['--key-column', 'sym'],
    ['--replay-from', '10s'],
    ['--replay-to', '20s'],
  ])('is refused: %s %s without a recording, and may stand in a file', (name, text) => {
    expect(() => given(name, text)).toThrow(
      expect.objectContaining({
        code: 'LAB_ERR_NO_EFFECT',
        message: `${name} has no effect with --source synthetic`,
        hint: `leave ${name} out, or choose --source replay`,
      }),
    );
    const file = partsOf(['--source', 'replay:x.csv', name, text]);
    const config = runConfig(partsOf(['--source', 'synthetic']), file);
    expect(sourceChoices(config)).toEqual({ symbols: 50 });
    const { recording, ...effective } = effectiveConfig(config, undefined);
    expect([recording, effective]).toEqual([undefined, effectiveConfig(runConfig([]), undefined)]);
    expect(reproduction(config)).toBe('lab run --repeat 1 --seed 1');
  });

  it('is refused by what the transports themselves are', async () => {
    for (const transport of transportNames()) {
      const { reliable, multicast = false } = await loadTransport(transport);
      const refuses = ([name, text]: readonly [string, string]): boolean => {
        try {
          given('--transport', transport, name, text);
          return false;
        } catch {
          return true;
        }
      };
      expect(DATAGRAM_FLAGS.map(refuses)).toEqual(DATAGRAM_FLAGS.map(() => reliable));
      expect(GROUP_FLAGS.map(refuses)).toEqual(GROUP_FLAGS.map(() => !multicast));
      expect(refuses(UDP_SENDER)).toBe(reliable || multicast);
    }
  });

  it('is fine where one of several transports takes it, and with the default ones', () => {
    expect(given('--transport', 'tcp,udp', '--rcvbuf', '64k')).toMatchObject({
      transportOptions: { receiveBufferBytes: 65_536 },
    });
    expect(given('--datagram', '1200')).toMatchObject({
      transportOptions: { datagramBytes: 1_200 },
    });
    expect(() => given('--group', '239.1.2.3')).toThrow(
      '--group has no effect with --transport tcp,udp',
    );
  });

  it('is refused for a source that invents no keys, and for a server that is running already', () => {
    expect(() => given('--source', 'replay:a.csv', '--symbols', '3')).toThrow(
      '--symbols has no effect with --source replay',
    );
    expect(given('--source', 'synthetic', '--symbols', '3')).toMatchObject({
      sourceOptions: { symbols: 3 },
    });
    expect(() => given('--target', 'tcp://h:1', '--rcvbuf', '64k')).toThrow(
      '--rcvbuf has no effect with a --target of tcp',
    );
    expect(given('--target', 'udp://h:1', '--rcvbuf', '64k')).toMatchObject({
      transportOptions: { receiveBufferBytes: 65_536 },
    });
  });

  it('may stand in a file, for its other scenarios or what a flag overrides, and is left out', () => {
    const file = partsOf(['--transport', 'udp-multicast', ...GROUP_FLAGS.flat()]);
    const config = runConfig(partsOf(['--transport', 'tcp']), file);
    expect(config).toEqual({ ...DEFAULT_CONFIG, transports: ['tcp'] });
    expect(reproduction(config)).toBe('lab run --transport tcp --repeat 1 --seed 1');
    const again = reproduction(runConfig([], file)).split(' ').slice(2);
    expect(runConfig(partsOf(again))).toEqual(runConfig([], file));
  });

  it.each(['auto', 'native', 'node'])(
    'is refused: --receiver %s beside --virtual-clients, which also says who receives',
    (name) => {
      const words = ['--transport', 'udp', '--virtual-clients', '', '--receiver', name];
      expect(() => given(...words)).toThrow(
        expect.objectContaining({
          code: 'LAB_ERR_NO_EFFECT',
          message: '--receiver has no effect with --virtual-clients',
        }),
      );
      // A file may say one, and the command line the other, which counts.
      const file = partsOf(['--receiver', name]);
      const virtual = partsOf(['--transport', 'udp', '--virtual-clients', '']);
      expect(runConfig(virtual, file).receiver).toBe('virtual');
    },
  );

  it.each(['5%', '1%'])('is refused whatever it says, the default too: --ci %s', (text) => {
    expect(() => given('--ci', text)).toThrow('--ci has no effect with a fixed number of runs');
  });

  it('is a ceiling that no bare loop has', () => {
    const ceiling = (...words: string[]): unknown =>
      runConfig([...partsOf(words), { ceiling: true }]);
    expect(() => ceiling('--transport', 'udp-multicast')).toThrow(
      '--ceiling has no effect with --transport udp-multicast',
    );
    expect(() => ceiling('--shards', '2')).toThrow('--ceiling has no effect with --shards 2');
    expect(ceiling('--transport', 'udp-multicast,ws')).toMatchObject({ ceiling: true });
  });
});

describe('a setting of a file that a flag makes meaningless', () => {
  const REPLAY = ['--source', 'replay:x.csv', '--rate', 'recorded', '--speed', '10'];

  it.each([
    ['the pace of a recording, by a rate', REPLAY, ['--rate', '100'], { ratesPerSecond: [100] }],
    ['all of a recording, by another source', REPLAY, ['--source', 'synthetic'], {}],
    [
      'what is for as many runs as it takes, by a number of them',
      ['--repeat', 'auto', '--ci', '2%', '--ci-metric', 'p50', '--max-repeat', '30'],
      ['--repeat', '5'],
      { repeat: 5 },
    ],
    ['what is for --repeat auto, by nothing', ['--ci', '2%', '--max-repeat', '9'], [], {}],
    [
      'the server, by one that is running',
      [
        '--transport',
        'udp',
        '--rate',
        '5k',
        '--shards',
        '64',
        '--sndbuf',
        '64k',
        '--group',
        '239.1.2.3',
      ],
      ['--target', 'tcp://h:1'],
      {
        server: expect.objectContaining({ kind: 'target' }),
        transports: ['tcp'],
        ratesPerSecond: null,
        sizesBytes: [0],
        host: 'h',
      },
    ],
  ])('is left out: %s', (_, file, flags, rest) => {
    const { source } = DEFAULT_CONFIG;
    const kept = flags.includes('100') ? { source: 'replay:x.csv', sizesBytes: [0] } : { source };
    const config = runConfig(partsOf(flags), partsOf(file));
    expect(config).toEqual({ ...DEFAULT_CONFIG, ...kept, ...rest });
  });

  it('does not excuse the same on the command line', () => {
    expect(() => runConfig(partsOf(['--rate', '100', '--speed', '2']), partsOf(REPLAY))).toThrow(
      '--speed has no effect with a fixed rate',
    );
    const target = partsOf(['--target', 'tcp://h:1']);
    expect(() => runConfig(partsOf(['--rate', '100']), target)).toThrow(
      '--rate has no effect with --target',
    );
  });

  it('is not what only contradicts itself', () => {
    expect(() => runConfig([], partsOf(['--rate', 'recorded']))).toThrow('needs a recording');
  });
});
