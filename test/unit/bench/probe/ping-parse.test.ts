import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PingReport, parsePing } from '../../../../bench/probe/ping/parse.js';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/ping/${name}.txt`, import.meta.url), 'utf8');

/** min, avg, p50, max, mdev in µs. */
type Times = [number, number, number, number, number | null];

function report(
  sent: number,
  received: number,
  times: Times | null,
  more: Partial<PingReport> = {},
): PingReport {
  const [min, avg, p50, max, mdev] = times ?? [];
  const rtt_us = times && { min: min!, avg: avg!, p50: p50!, max: max!, mdev: mdev! };
  return { sent, received, rtt_us, duplicates: 0, bounded: 0, ...more };
}

describe('parsePing reads what pings print', () => {
  // Worked out by hand from the files.
  it.each<[string, PingReport]>([
    ['iputils', report(5, 5, [24, 38, 41, 45, 7])],
    ['iputils-ipv6', report(3, 3, [18, 39, 48, 51, 14])],
    ['iputils-loss', report(8, 6, [47, 56, 55, 74, 8])],
    ['iputils-no-reply', report(3, 0, null)],
    ['iputils-unreachable', report(3, 0, null)],
    ['iputils-no-times', report(2, 2, null)],
    ['busybox', report(5, 5, [45, 62, 66, 69, null])],
    ['busybox-loss', report(8, 5, [69, 97, 97, 126, null])],
    ['busybox-no-reply', report(3, 0, null)],
    ['macos', report(3, 3, [50, 66, 52, 95, 21])],
    ['macos-ping6', report(3, 3, [71, 115, 122, 153, 34])],
    ['macos-no-reply', report(3, 0, null)],
    ['windows-french', report(4, 4, [5_000, 10_000, 7_500, 20_000, null])],
    ['windows-french-no-reply', report(4, 0, null)],
  ])('%s', (name, expected) => {
    expect(parsePing(fixture(name))).toEqual(expected);
  });

  it.each(['iputils', 'busybox'])(
    'no sent, received or time comes from a %s that failed',
    (dialect) => {
      for (const failure of ['unknown-host', 'not-permitted', 'no-route']) {
        expect(parsePing(fixture(`${dialect}-${failure}`))).toEqual(report(0, 0, null));
      }
    },
  );
});

describe('parsePing keeps to its rules', () => {
  it.each<[string, PingReport]>([
    ['iputils-duplicates', report(3, 3, [62, 94.667, 66, 156, null], { duplicates: 2 })],
    ['busybox-duplicates', report(3, 3, [100, 298.333, 101, 694, null], { duplicates: 2 })],
    ['macos-duplicates', report(2, 2, [235, 263, 263, 291, null], { duplicates: 13 })],
  ])('the first reply to a request counts and duplicates count nowhere: %s', (name, expected) => {
    expect(parsePing(fixture(name))).toEqual(expected);
  });

  it('a reply marked DUP! is not a reply even when its request number is new', () => {
    const text = '64 bytes from 10.0.0.1: icmp_seq=4 ttl=64 time=1.00 ms (DUP!)\n';
    expect(parsePing(text)).toMatchObject({ received: 0, duplicates: 1, rtt_us: null });
  });

  it.each<[string, PingReport]>([
    ['iputils-killed', report(5, 5, [24, 50.6, 41, 105, null])],
    ['busybox-killed', report(5, 5, [42, 60.2, 65, 65, null])],
  ])('without a summary the single replies are counted: %s', (name, expected) => {
    expect(parsePing(fixture(name))).toEqual(expected);
  });

  it.each<[string, PingReport]>([
    ['windows', report(4, 4, [1_000, 1_000, 1_000, 1_000, null], { bounded: 3 })],
    ['windows-german', report(5, 5, [1_000, 1_000, 1_000, 1_000, null], { bounded: 4 })],
    ['windows-ipv6', report(4, 4, [1_000, 1_000, 1_000, 1_000, null], { bounded: 4 })],
    [
      'windows-russian-ipv6',
      report(4, 3, [1_000, 13_666.667, 19_000, 21_000, null], { bounded: 1 }),
    ],
    ['windows-spanish-ipv6', report(3, 3, [1_000, 2_000, 2_000, 3_000, null], { bounded: 1 })],
    ['windows-japanese', report(3, 3, [1_000, 8_000, 11_000, 12_000, null], { bounded: 1 })],
    ['aix', report(5, 4, [1_000, 1_250, 1_000, 2_000, null], { bounded: 3 })],
    ['nuttx', report(4, 3, [1_000, 4_000, 1_000, 10_000, null], { bounded: 2 })],
    ['toybox', report(3, 3, [1_000, 2_666.667, 3_000, 4_000, null], { bounded: 1 })],
    ['hpux', report(3, 3, [1_000, 1_000, 1_000, 1_000, null], { bounded: 2 })],
    ['tenths', report(3, 3, [100, 200, 200, 300, null], { bounded: 1 })],
  ])(
    'a time below one millisecond is counted as the bound 1 ms and reported as such: %s',
    (name, expected) => {
      expect(parsePing(fixture(name))).toEqual(expected);
    },
  );

  it('no Windows reply takes 0 ms: that too is the bound 1 ms', () => {
    const text =
      'Pinging 10.0.0.4 with 32 bytes of data:\r\nReply from 10.0.0.4: bytes=32 time=0ms TTL=128\r\n';
    expect(parsePing(text)).toEqual(
      report(1, 1, [1_000, 1_000, 1_000, 1_000, null], { bounded: 1 }),
    );
  });

  it('a bound that stands apart from its sign is a reply like the others', () => {
    const lines = ['čas=12ms', 'čas < 1ms', 'aika < 1 ms', 'čas <1ms'];
    const replies = lines.map((time) => `Odpověď od 10.0.0.4: bajty=32 ${time} TTL=128`);
    const text = ['', 'Příkaz PING na 10.0.0.4 - 32 bajtů dat:', ...replies, '', ''].join('\r\n');
    const report = parsePing(text);
    expect(report).toMatchObject({ sent: 4, received: 4, bounded: 3 });
    expect(report.rtt_us).toMatchObject({ min: 1_000, max: 12_000 });
  });

  it('a Windows unit in a code page that cannot be read is still milliseconds', () => {
    const text = `x\r\n\uFFFD\uFFFD\uFFFD 10.0.0.1: \uFFFD\uFFFD=32 \uFFFD\uFFFD=7\uFFFD\uFFFD TTL=128\r\n`;
    expect(parsePing(text)).toEqual(report(1, 1, [7_000, 7_000, 7_000, 7_000, null]));
  });

  it('a router that says "unreachable" is not a reply, though Windows counts it as one', () => {
    const text = [
      'Pinging 192.168.1.77 with 32 bytes of data:',
      'Reply from 192.168.1.5: Destination host unreachable.',
      'Reply from 192.168.1.77: bytes=32 time=3ms TTL=128',
      '',
      'Ping statistics for 192.168.1.77:',
      '    Packets: Sent = 2, Received = 2, Lost = 0 (0% loss),',
    ].join('\r\n');
    expect(parsePing(text)).toEqual(report(2, 1, [3_000, 3_000, 3_000, 3_000, null]));
  });

  it('the median of replies printed with three digits lies between the minimum and maximum of the summary', () => {
    const text = [
      'PING 10.0.0.1 (10.0.0.1) 64(92) bytes of data.',
      '72 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=12.3 ms',
      '--- 10.0.0.1 ping statistics ---',
      '1 packets transmitted, 1 received, 0% packet loss, time 0ms',
      'rtt min/avg/max/mdev = 12.345/12.345/12.345/0.000 ms',
    ].join('\n');
    expect(parsePing(text).rtt_us).toEqual({
      min: 12_345,
      avg: 12_345,
      p50: 12_345,
      max: 12_345,
      mdev: 0,
    });
  });

  it('request numbers that start over after 65,535 are new requests', () => {
    const lines = ['PING 10.0.0.1 (10.0.0.1) 64(92) bytes of data.'];
    for (let i = 1; i <= 65_546; i++) {
      lines.push(`72 bytes from 10.0.0.1: icmp_seq=${i % 65_536} ttl=64 time=0.040 ms`);
    }
    expect(parsePing(lines.join('\n'))).toMatchObject({
      sent: 65_546,
      received: 65_546,
      duplicates: 0,
    });
  });

  it('output cut anywhere gives fewer replies, never other ones', () => {
    const names = ['iputils', 'busybox', 'macos', 'aix', 'nuttx', 'toybox', 'hpux', 'tenths'];
    for (const name of [...names, 'windows-french', 'windows-russian-ipv6', 'windows-japanese']) {
      const text = fixture(name);
      const whole = parsePing(text);
      for (let end = 0; end < text.length; end++) {
        const part = parsePing(text.slice(0, end));
        expect(part.received).toBeLessThanOrEqual(whole.received);
        if (!part.rtt_us) continue;
        expect(part.rtt_us.min).toBeGreaterThanOrEqual(whole.rtt_us!.min);
        expect(part.rtt_us.max).toBeLessThanOrEqual(whole.rtt_us!.max);
      }
    }
  });
});

describe('parsePing survives any text', () => {
  const scrap = fc.constantFrom(
    '64 bytes from ',
    'icmp_seq=',
    'seq=',
    ' time=',
    'time<',
    '1ms',
    ' ms',
    'TTL=',
    '= 4, ',
    '\n',
    '\r\n',
    'PING ',
    ' packets transmitted, ',
    ' received',
    'rtt min/avg/max/mdev = ',
    '/',
    '9'.repeat(30),
    '65535',
    '0.5',
    'nan',
    '0',
    '0.',
    '0.00',
    '0000',
    'мс ',
    '-1',
    '(DUP!)',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(scrap, fc.string({ maxLength: 4 }))).map((s) => s.join('')),
  );

  it('and its figures stay ordered, finite and not negative', () => {
    fc.assert(
      fc.property(text, (output) => {
        const { sent, received, duplicates, rtt_us } = parsePing(output);
        for (const count of [sent, received, duplicates]) {
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
        }
        expect(received).toBeLessThanOrEqual(sent);
        if (rtt_us === null) return;
        const { min, avg, p50, max, mdev } = rtt_us;
        expect([min, avg, p50, max].every((us) => Number.isFinite(us) && us > 0)).toBe(true);
        expect(mdev ?? 0).toBeGreaterThanOrEqual(0);
        expect(min <= p50 && p50 <= max).toBe(true);
        expect(avg).toBeGreaterThanOrEqual(min - 0.001);
        expect(avg).toBeLessThanOrEqual(max + 0.001);
      }),
      { numRuns: 2_000 },
    );
  });
});
