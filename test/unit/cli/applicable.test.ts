import { describe, expect, it } from 'vitest';
import { type RunConfig, sourceChoices } from '../../../bench/config.js';
import { effectiveConfig } from '../../../bench/run/effective-config.js';
import { commandConfig, reproduction, runConfig, runFlags } from '../../../cli/args/run-config.js';
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
const given = (...words: string[]): RunConfig => commandConfig([], partsOf(words));

/** What the flags of datagrams may say, and which transports heed them. */
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

describe('a flag that nothing in the run heeds', () => {
  it.each(ALL)('is refused: %s %s with a transport of connections', (name, text) => {
    for (const transport of ['tcp', 'ws', 'tcp,ws']) {
      expect(() => given('--transport', transport, name, text)).toThrow(
        expect.objectContaining({
          code: 'LAB_ERR_NO_EFFECT',
          message: `${name} '${text}' has no effect on --transport ${transport}`,
          hint: expect.stringMatching(/^leave it out; it is for the transport udp/),
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
        message: `${name} '${text}' has no effect on --source synthetic`,
        hint: 'leave it out; it is for the source replay',
      }),
    );
    const file = partsOf(['--source', 'replay:x.csv', '--repeat', '1', name, text]);
    const config = commandConfig(file, partsOf(['--source', 'synthetic']));
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

  it('is fine where one of several transports heeds it, and with the default ones', () => {
    expect(given('--transport', 'tcp,udp', '--rcvbuf', '64k')).toMatchObject({
      transportOptions: { receiveBufferBytes: 65_536 },
    });
    expect(given('--datagram', '1200')).toMatchObject({
      transportOptions: { datagramBytes: 1_200 },
    });
    expect(() => given('--group', '239.1.2.3')).toThrow('has no effect on --transport tcp,udp');
  });

  it('is refused for a source that invents no keys, and for a server that is running already', () => {
    expect(() => given('--source', 'replay:a.csv', '--symbols', '3')).toThrow(
      "--symbols '3' has no effect on --source replay",
    );
    expect(given('--source', 'synthetic', '--symbols', '3')).toMatchObject({
      sourceOptions: { symbols: 3 },
    });
    expect(() => given('--target', 'tcp://h:1', '--rcvbuf', '64k')).toThrow(
      "--rcvbuf '64k' has no effect on --target",
    );
    expect(given('--target', 'udp://h:1', '--rcvbuf', '64k')).toMatchObject({
      transportOptions: { receiveBufferBytes: 65_536 },
    });
  });

  it('may stand in a file, for its other scenarios or what a flag overrides, and is in no command that reproduces the run', () => {
    const file = partsOf(['--transport', 'udp-multicast', '--repeat', '1', ...GROUP_FLAGS.flat()]);
    const config = commandConfig(file, partsOf(['--transport', 'tcp']));
    expect(config).toMatchObject({ transports: ['tcp'], transportOptions: { group: '239.1.2.3' } });
    expect(reproduction(config)).toBe('lab run --transport tcp --repeat 1 --seed 1');
    const heeded = reproduction(runConfig(file)).split(' ').slice(2);
    expect(commandConfig([], partsOf(heeded))).toEqual(runConfig(file));
  });
});
