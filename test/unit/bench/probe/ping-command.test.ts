import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pingCommand, pingSize } from '../../../../bench/probe/ping/command.js';
import { isHost } from '../../../../src/options/values.js';

const wanted = { host: '127.0.0.1', size: 64, count: 20, intervalMs: 50 };

describe('isHost', () => {
  it.each(['127.0.0.1', '::1', 'fe80::1%eth0', 'localhost', 'a-b.example.org', '_x.test'])(
    'accepts %s',
    (host) => {
      expect(isHost(host)).toBe(true);
    },
  );

  it.each(['', '-f', '--help', '/?', 'a b', 'a;b', '$(id)', 'a\n', 'ü.example', 'a'.repeat(256)])(
    'refuses %j',
    (host) => {
      expect(isHost(host)).toBe(false);
    },
  );

  it('never accepts anything that a ping could read as a flag', () => {
    fc.assert(fc.property(fc.string(), (rest) => !isHost(`-${rest}`) && !isHost(`/${rest}`)));
  });
});

describe('pingSize', () => {
  it('raises a payload that is too small to carry the time stamp to 16 bytes', () => {
    expect([0, 1, 15, 16, 17].map((size) => pingSize(size, 'linux'))).toEqual([16, 16, 16, 16, 17]);
  });

  it('cuts a payload to what one packet carries', () => {
    expect(pingSize(1e6, 'linux')).toBe(65_507);
    expect(pingSize(1e6, 'win32')).toBe(65_500);
  });

  it('gives a size for any number', () => {
    expect(pingSize(Number.NaN, 'linux')).toBe(16);
  });
});

describe('pingCommand', () => {
  it('asks Linux for numbers only, count, size, interval and one second of deadlines', () => {
    const { file, args } = pingCommand(wanted, 'linux', 'full');
    expect([file, ...args].join(' ')).toBe('ping -n -c 20 -s 64 -i 0.050 -W 1 127.0.0.1');
  });

  it('asks macOS without -W, which is milliseconds there, and uses ping6 for IPv6', () => {
    expect(pingCommand(wanted, 'darwin', 'full').args.join(' ')).toBe(
      '-n -c 20 -s 64 -i 0.050 127.0.0.1',
    );
    expect(pingCommand({ ...wanted, host: '::1' }, 'darwin', 'full').file).toBe('ping6');
  });

  it('asks Windows with its own flags, one request a second, in about the same time', () => {
    const command = pingCommand({ ...wanted, count: 100 }, 'win32', 'full');
    expect(command.args.join(' ')).toBe('-n 5 -l 64 -w 1000 127.0.0.1');
    expect(command.intervalMs).toBe(1_000);
  });

  it('asks more slowly, and less often, when the interval was refused', () => {
    expect(pingCommand({ ...wanted, count: 100 }, 'linux', 'slow')).toMatchObject({
      count: 25,
      intervalMs: 200,
    });
    expect(pingCommand(wanted, 'linux', 'plain').args.join(' ')).toBe('-c 3 -s 64 127.0.0.1');
  });

  it('never sends more than was asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 2, max: 5_000 }),
        fc.constantFrom<'full' | 'slow' | 'plain'>('full', 'slow', 'plain'),
        fc.constantFrom<NodeJS.Platform>('linux', 'darwin', 'win32', 'freebsd'),
        (count, intervalMs, manner, platform) => {
          const command = pingCommand({ ...wanted, count, intervalMs }, platform, manner);
          expect(command.count).toBeGreaterThanOrEqual(1);
          expect(command.count).toBeLessThanOrEqual(count);
          expect(command.args.at(-1)).toBe('127.0.0.1');
        },
      ),
    );
  });
});
