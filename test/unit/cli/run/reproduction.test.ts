/** What a run writes down of its configuration, and whether that gives it back. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig } from '../../../../bench/config.js';
import {
  configOf as configOfSettings,
  reproduction,
  runConfig,
  runFlags,
  settingsOf,
  shellWord,
} from '../../../../cli/args/run-config.js';

/** What `lab run` would make of these words: each flag followed by its value, if it takes one. */
function configOf(words: readonly string[]): RunConfig {
  const parts: Partial<RunConfig>[] = [];
  for (let i = 0; i < words.length; i++) {
    const name = words[i]!;
    const flag = runFlags().find(({ flags }) => flags.split(/[ ,]+/).includes(name));
    const value = flag!.flags.includes('<') ? words[++i]! : '';
    parts.push(flag!.parse(value, name));
  }
  return runConfig(parts);
}

describe('the command that reproduces a run', () => {
  it('names the seed always and otherwise only what differs from the defaults', () => {
    expect(reproduction(DEFAULT_CONFIG)).toBe('lab run --repeat 1 --seed 1');
    expect(reproduction(configOf(['-c', '1000', '-w', '1s', '--seed', '5']))).toBe(
      'lab run --clients 1k --seed 5',
    );
  });

  it('says how often it ran where the lab would choose for a command that does not', () => {
    const once = configOf(['--repeat', '1', '-k', 'msgpack']);
    expect(reproduction(once)).toContain(' --repeat 1 ');
    const words = reproduction(once).split(' ').slice(2);
    expect(configOf(words)).toEqual(once);
  });

  it('gives the same configuration again', () => {
    const config = configOf([
      '-t',
      'udp,tcp',
      '-c',
      '1,20k',
      '-r',
      'recorded',
      '-s',
      '2k',
      '-d',
      '1500ms',
      '--source',
      'replay:a.csv',
      '--speed',
      '0.25',
      '--flush',
      '0',
      '--rcvbuf',
      '3000',
      '--seed',
      '9007199254740991',
      '--ceiling',
    ]);
    expect(configOf(reproduction(config).split(' ').slice(2))).toEqual(config);
  });

  it('quotes what a shell would take apart', () => {
    expect(shellWord('replay:/data/trades-1.csv')).toBe('replay:/data/trades-1.csv');
    expect(shellWord("it's $HOME")).toBe(`'it'\\''s $HOME'`);
    const config = configOf(['--source', 'replay:my file.csv']);
    expect(reproduction(config)).toBe("lab run --repeat 1 --seed 1 --source 'replay:my file.csv'");
  });
});

describe('the settings that a run records', () => {
  it.each([
    ['defaults', []],
    [
      'an open end',
      ['--repeat', 'auto', '--ci', '2.5%', '--max-repeat', '7', '--ci-metric', 'p50'],
    ],
    ['shards, no baselines', ['--shards', '2', '--skip-baselines']],
    ['a ceiling', ['--ceiling']],
    ['targets', ['--target', 'tcp://127.0.0.1:7400,udp://127.0.0.1:7400', '-c', '3,5']],
    ['a recording', ['--source', 'replay:a b.csv', '-r', 'recorded', '--speed', '0.5']],
    ['a part of one', ['--source', 'replay:x.csv', '--replay-from', '2026-01-01T00:00:00Z']],
    ['options of datagrams', ['-t', 'udp-multicast', '--datagram', '900', '--multicast-ttl', '3']],
    [
      'odd numbers',
      ['-r', '0.2,1100', '-d', '1500ms', '--rcvbuf', '99999', '--inject', 'delay=3ms'],
    ],
  ])('give the same configuration again: %s', (_, words) => {
    const config = configOf(words);
    const settings = JSON.parse(JSON.stringify(settingsOf(config)));
    expect(configOfSettings(settings)).toEqual(config);
  });
});
