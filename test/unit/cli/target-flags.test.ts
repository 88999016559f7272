import { describe, expect, it } from 'vitest';
import { planCells } from '../../../bench/run/matrix.js';
import { reproduction, runConfig, runFlags } from '../../../cli/args/run-config.js';
import { RUN_EFFECTS } from '../../../cli/args/run-effects.js';
import { parseTargets } from '../../../cli/args/target-flags.js';
import { parseConfig } from '../../../cli/config-file/document.js';
import { configYaml } from '../../../cli/config-file/print.js';
import { readConfig } from '../../../cli/config-file/settings.js';
import { codeOf } from '../../support/core/code-of.js';

const targets = (text: string): ReturnType<typeof parseTargets> => parseTargets('--target', text);
const running = (text: string) => ({ kind: 'target', targets: targets(text) }) as const;

describe('--target', () => {
  it('takes one URL, or one for each of several transports of a host', () => {
    expect(targets('tcp://feed.example')).toEqual([
      {
        url: 'tcp://feed.example:7400',
        transport: 'tcp',
        endpoint: { host: 'feed.example', port: 7_400 },
      },
    ]);
    expect(targets('tcp://[::1]:1, websocket://[::1]').map(({ url }) => url)).toEqual([
      'tcp://[::1]:1',
      'ws://[::1]:7401',
    ]);
    const group = 'udp-multicast://239.255.70.70:7400?interface=127.0.0.1';
    expect(targets(group)).toMatchObject([
      { url: group, endpoint: { multicastInterface: '127.0.0.1' } },
    ]);
  });

  it.each([
    ['tcp://a,tcp://a:7401', 'is a second server of tcp'],
    ['tcp://a,udp://b', 'is on another host'],
    ['tcp://a?keys=X', 'asks for a part of the feed'],
    ['tcp://a?from=1', 'asks for a part of the feed'],
    ['tcp://a?codec=msgpack', 'names a codec'],
    ['http://a', 'unknown scheme'],
    ['a:7400', 'is not the URL of a feed'],
    ['tcp://a,', 'has an empty item'],
  ])('refuses %s: it %s', (text, says) => {
    expect(codeOf(() => targets(text))).toBe('LAB_ERR_BAD_VALUE');
    expect(() => targets(text)).toThrow(says);
  });

  it('gives a cell for each server, codec and number of clients, named without a rate and a size', () => {
    const config = runConfig([
      { server: running('tcp://a,udp://a'), codecs: ['msgpack'], clients: [1, 2] },
    ]);
    expect(config).toMatchObject({ transports: ['tcp', 'udp'], ratesPerSecond: null, host: 'a' });
    expect(
      planCells(config).map((cell) => [cell.id, cell.kind === 'target' ? cell.target.url : null]),
    ).toEqual([
      ['tcp/msgpack/c1/target/d5000#1', 'tcp://a:7400'],
      ['udp/msgpack/c1/target/d5000#1', 'udp://a:7400'],
      ['tcp/msgpack/c2/target/d5000#1', 'tcp://a:7400'],
      ['udp/msgpack/c2/target/d5000#1', 'udp://a:7400'],
    ]);
  });

  it('refuses every flag that describes a server of our own, and leaves out what a file says of one', () => {
    const values: Readonly<Record<string, string>> = {
      '--speed': '2',
      '--replay-from': '1s',
      '--replay-to': '1s',
      '--time-column': 'ts',
      '--key-column': 'id',
      '--time-unit': 'ms',
      '--inject': 'delay=1ms',
      '--sndbuf': '64k',
      '--notsent-lowat': '16k',
      '--stack': 'tcp',
      '--key-order': 'random',
    };
    const target = { server: running('tcp://a') };
    const plain = runConfig([target]);
    const ofOurs = RUN_EFFECTS.filter(({ idle }) => idle(plain, {})?.beside === '--target');
    expect(ofOurs.length).toBeGreaterThan(20);
    for (const { flag: name } of ofOurs) {
      const flag = runFlags().find(({ flags }) => flags.includes(`${name} `) || flags === name)!;
      const part = flag.parse(values[name] ?? flag.fallback ?? '', name);
      const config = (): unknown => runConfig([part, target]);
      expect(codeOf(config), name).toBe('LAB_ERR_NO_EFFECT');
      expect(config).toThrow(`${name} has no effect with --target`);
      expect(runConfig([target], [part])).toEqual(plain);
    }
  });

  it('leaves all others as they are, and comes back from the command and from the file', () => {
    const config = runConfig([
      {
        server: running('tcp://a,udp://a:9'),
        clients: [7],
        subscriberProcesses: 2,
        decode: 'full',
        seed: 3,
      },
    ]);
    expect(reproduction(config)).toBe(
      'lab run --target tcp://a:7400,udp://a:9 --clients 7 --seed 3 --decode full --processes 2',
    );
    const yaml = configYaml(config, []);
    expect(yaml).toContain('target: [tcp://a:7400, udp://a:9]');
    expect(yaml).not.toMatch(/^(transport|rate|size|source|policy|port):/m);
    expect(runConfig([readConfig(parseConfig('f.yaml', yaml)).top.part])).toEqual(config);
  });
});
