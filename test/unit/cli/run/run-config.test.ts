import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig } from '../../../../bench/config.js';
import { reproduction, runConfig, runFlags } from '../../../../cli/args/run-config.js';

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

describe('the configuration of a run', () => {
  it('is the default one when no flag is given', () => {
    expect(runConfig([])).toEqual(DEFAULT_CONFIG);
  });

  it('leaves the values of a replay as they are, unless a size is asked for', () => {
    const replay = ['--source', 'replay:x.csv'];
    expect([configOf(replay).sizesBytes, configOf([...replay, '-s', '40']).sizesBytes]).toEqual([
      [0],
      [40],
    ]);
    for (const words of [replay, [...replay, '-s', '40'], ['-s', '0']]) {
      const again = reproduction(configOf(words)).split(' ').slice(2);
      expect(configOf(again)).toEqual(configOf(words));
    }
  });

  it('takes each flag to its own field', () => {
    // In the order of the help, which is that of the tables.
    const ofDatagrams = [1_472, 4_194_304, 65_536, 'dgram', 200, 'on', '239.1.2.3', 4, 'eth0'];
    const transportValues = [16_384, ...ofDatagrams];
    expect(
      configOf([
        '-t',
        'tcp,udp,udp-multicast',
        '-k',
        'msgpack',
        '-c',
        '10,1k',
        '-r',
        '100,2k',
        '-s',
        '0,1k',
        '-d',
        '300ms,1m30s',
        '-w',
        '0',
        '--repeat',
        '3',
        '--seed',
        '7',
        '--symbols',
        '9',
        '--flush',
        '2ms',
        '--repair',
        'none,nak',
        '--congestion',
        'cubic,default',
        '--key-order',
        'round-robin',
        '--link',
        '4g,delay=20ms/loss=1%',
        '--policy',
        'disconnect,conflate/messages=5',
        '--host',
        '::1',
        '--port',
        '9000',
        '--notsent-lowat',
        '16k',
        '--datagram',
        '1472',
        '--rcvbuf',
        '4M',
        '--sndbuf',
        '64k',
        '--udp-sender',
        'dgram',
        '--repair-deadline',
        '200ms',
        '--circuit-breaker',
        'on',
        '--group',
        '239.1.2.3',
        '--multicast-ttl',
        '4',
        '--multicast-interface',
        'eth0',
        '--tmax',
        '5s',
        '--processes',
        '2',
        '--ceiling',
        '--skip-baselines',
        '--decode',
        'full',
        '--receiver',
        'node',
        '--inject',
        'delay=30ms',
      ]),
    ).toEqual({
      server: { kind: 'local' },
      stacks: null,
      transports: ['tcp', 'udp', 'udp-multicast'],
      codecs: ['msgpack'],
      clients: [10, 1_000],
      ratesPerSecond: [100, 2_000],
      sizesBytes: [0, 1_024],
      durationsMs: [300, 90_000],
      warmupMs: 0,
      repeat: 3,
      seed: 7,
      source: 'synthetic',
      speed: null,
      sourceOptions: {
        from: null,
        to: null,
        timeColumn: null,
        keyColumn: null,
        timeUnit: null,
        symbols: 9,
        keyOrder: 'round-robin',
      },
      flushes: ['2ms'],
      repairs: ['none', 'nak'],
      congestions: ['cubic', 'default'],
      links: ['4g', 'delay=20ms/loss=1%'],
      policies: ['disconnect', 'conflate/messages=5'],
      host: '::1',
      port: 9_000,
      transportOptions: Object.fromEntries(
        Object.keys(DEFAULT_CONFIG.transportOptions).map((name, i) => [name, transportValues[i]]),
      ),
      tmaxMs: 5_000,
      shards: 1,
      subscriberProcesses: 2,
      ceiling: true,
      baselines: false,
      decode: 'full',
      receiver: 'node',
      ciTarget: 0.05,
      ciMetric: 'p99',
      maxRepeat: 20,
      inject: { delayMs: 30 },
    });
  });

  it('takes the columns of a recording and the unit of its times, and repeats them', () => {
    const words = ['--time-column', 'Trade Date+Time', '--key-column', '#2', '--time-unit', 'µs'];
    const config = configOf(['--source', 'replay:a.csv', ...words]);
    expect(config).toMatchObject({
      sourceOptions: { timeColumn: 'Trade Date+Time', keyColumn: '#2', timeUnit: 'us' },
    });
    expect(reproduction(config)).toBe(
      "lab run --repeat 1 --seed 1 --source replay:a.csv --time-column 'Trade Date+Time' --key-column '#2' --time-unit us",
    );
    expect(() => configOf(['--source', 'replay:a.csv', '--time-unit', 'hours'])).toThrow(
      'is not known',
    );
    expect(() => configOf(['--source', 'replay:a.csv', '--key-column', ''])).toThrow(
      'names no column',
    );
  });

  it('takes rates below one message a second, exactly, and repeats them', () => {
    expect(configOf(['-r', '0.1,0.2,1.1k,2.5']).ratesPerSecond).toEqual([0.1, 0.2, 1_100, 2.5]);
    expect(reproduction(configOf(['-r', '0.1,1.1k']))).toBe('lab run --rate 0.1,1100 --seed 1');
    for (const rate of ['0', '0.000001', '-1', '.5', '1e3', '0.5x', '10.1M']) {
      expect(() => configOf(['-r', rate]), rate).toThrow(/is not a rate|is out of range/);
    }
  });

  it.each(['224.0.1.0', '239.255.255.255', '232.0.0.1'])('%s is a group', (group) => {
    expect(configOf(['-t', 'udp-multicast', '--group', group]).transportOptions.group).toBe(group);
  });

  it('says what is wrong with a group, and which to choose', () => {
    const hint = expect.stringContaining('239.0.0.0/8');
    const refused = (says: string): unknown =>
      expect.objectContaining({ hint, message: expect.stringContaining(says) });
    expect(() => configOf(['--group', '10.1.2.3'])).toThrow(refused('is not a multicast address'));
    expect(() => configOf(['--group', 'ff05::7'])).toThrow(refused('IPv4 only'));
  });

  it('injects a limit of messages a second, alone or beside a delay, and repeats it', () => {
    expect(configOf(['--inject', 'capacity=1k']).inject).toEqual({ delayMs: 0, perSecond: 1_000 });
    const both = configOf(['--inject', 'delay=5ms/capacity=400']);
    expect(both.inject).toEqual({ delayMs: 5, perSecond: 400 });
    expect(reproduction(both)).toContain('--inject delay=5ms/capacity=400');
    for (const wrong of [
      '',
      'capacity=0',
      'capacity=',
      'capacity=5/delay=5ms',
      'delay=5mscapacity=5',
    ])
      expect(() => configOf(['--inject', wrong])).toThrow('--inject');
  });

  it('injects a delay only where the end of the feed still arrives, and repeats it', () => {
    const config = configOf(['--inject', 'delay=1500ms']);
    expect(reproduction(config)).toBe('lab run --repeat 1 --seed 1 --inject delay=1500ms');
    expect(configOf(['--inject', 'delay=1s500ms'])).toEqual(config);
    expect(configOf(['--inject', 'delay=4s', '--tmax', '4001ms']).inject).toEqual({
      delayMs: 4_000,
    });
    expect(() => configOf(['--inject', 'delay=3s'])).toThrow(
      "--inject 'delay=3000ms' is not below --tmax, 3s",
    );
  });

  it('has no more servers than clients, and a port for each', () => {
    const config = configOf(['--shards', '4', '-c', '4,100', '--port', '65532']);
    expect(config).toMatchObject({ shards: 4, port: 65_532 });
    expect(reproduction(config)).toBe('lab run --clients 4,100 --seed 1 --port 65532 --shards 4');
    expect(() => configOf(['--shards', '5', '-c', '100,4'])).toThrow(
      "--shards '5' is more than --clients 4",
    );
    expect(() => configOf(['--shards', '4', '--port', '65533'])).toThrow('from --port 65533 on');
  });

  it('keeps the recorded pace of a replay only for a replay, and alone', () => {
    expect(
      configOf(['-r', 'recorded', '--source', 'replay:a.csv', '--speed', '0.5']),
    ).toMatchObject({
      ratesPerSecond: null,
      speed: 0.5,
    });
    expect(() => configOf(['-r', 'recorded'])).toThrow(
      "needs a recording, and the source is 'synthetic'",
    );
    expect(() => configOf(['-r', '100,recorded'])).toThrow('mixes "recorded" with rates');
    expect(() => configOf(['--speed', '2'])).toThrow('--speed has no effect with a fixed rate');
  });

  it('takes the part of a replay by recorded time or from its start, and repeats it', () => {
    const words = [
      '--source',
      'replay:a.csv',
      '--replay-from',
      '2026-01-02T09:30+01:00',
      '--replay-to',
      '1m30s',
    ];
    const config = configOf(words);
    expect(config).toMatchObject({
      sourceOptions: {
        from: { at: Date.UTC(2026, 0, 2, 8, 30) * 1_000 },
        to: { after: 90_000_000 },
      },
    });
    expect(reproduction(config)).toBe(
      'lab run --repeat 1 --seed 1 --source replay:a.csv --replay-from 2026-01-02T08:30:00Z --replay-to 90s',
    );
    expect(configOf(reproduction(config).split(' ').slice(2))).toEqual(config);
  });

  it.each([
    ['--replay-from', ''],
    ['--replay-from', '10'],
    ['--replay-from', '-10s'],
    ['--replay-from', '1767346200'],
    ['--replay-to', '2026-02-30'],
    ['--replay-to', 'noon'],
    ['--datagram', '547'],
    ['--datagram', '1473'],
    ['-c', '100001'],
    ['-r', '0'],
    ['-r', '11M'],
    ['-s', '513k'],
    ['-d', '99ms'],
    ['-d', '25h'],
    ['--repeat', '0'],
    ['--port', '65536'],
    ['--symbols', '0'],
    ['--group', 'news'],
    ['--group', '223.255.255.255'],
    ['--group', '240.0.0.0'],
    ['--group', '239.1.2.256'],
    ['--group', '224.0.0.251'],
    ['--group', 'ff05::7'],
    ['--multicast-ttl', '256'],
    ['--multicast-interface', '-x'],
    ['--flush', '2s'],
    ['--flush', '5'],
    ['--flush', '5ms,5.0ms'],
    ['--flush', '0,0ms'],
    ['--udp-sender', 'sendto'],
    ['--host', '-x'],
    ['--host', ''],
    ['--processes', '257'],
    ['--shards', '0'],
    ['--shards', '65'],
    ['--inject', 'delay'],
    ['--inject', 'delay=30'],
    ['--inject', 'delay=0'],
    ['--inject', 'delay=11s'],
    ['--inject', 'loss=1%'],
  ])('refuses %s %s', (flag, value) => {
    expect(() => configOf([flag, value])).toThrow(
      expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }),
    );
  });
});

describe('as many runs as it takes', () => {
  const auto = ['--repeat', 'auto'];

  it('has a target, a metric and a limit of its own', () => {
    const words = [...auto, '--ci', '2.5%', '--ci-metric', 'goodput', '--max-repeat', '30'];
    expect(configOf(words)).toMatchObject({
      repeat: 'auto',
      ciTarget: 0.025,
      ciMetric: 'goodput',
      maxRepeat: 30,
    });
    expect(configOf(auto)).toMatchObject({ ciTarget: 0.05, ciMetric: 'p99', maxRepeat: 20 });
    expect(reproduction(configOf(words))).toBe(`lab run ${words.join(' ')} --seed 1`);
    expect(reproduction(configOf(auto))).toBe('lab run --repeat auto --seed 1');
  });

  it.each([
    ['--ci', '5%'],
    ['--ci-metric', 'p99'],
    ['--max-repeat', '20'],
  ])('%s says nothing to a fixed number of runs, and is refused there', (flag, value) => {
    expect(() => configOf(['--repeat', '5', flag, value])).toThrow(
      `${flag} has no effect with a fixed number of runs`,
    );
  });

  it.each([
    ['--ci', '5'],
    ['--ci', '0%'],
    ['--ci', '51%'],
    ['--ci', '-5%'],
    ['--ci', '1e1%'],
    ['--ci-metric', 'loss'],
    ['--ci-metric', 'p98'],
    ['--max-repeat', '4'],
    ['--max-repeat', '1001'],
    ['--repeat', 'Auto'],
  ])('refuses %s %s', (flag, value) => {
    const words = flag === '--repeat' ? [flag, value] : [...auto, flag, value];
    expect(() => configOf(words)).toThrow(expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }));
  });
});
