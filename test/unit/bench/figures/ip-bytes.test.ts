import { describe, expect, it } from 'vitest';
import { ipFigures } from '../../../../bench/figures/ip-bytes.js';
import { type IpCounters, ipCounters, ipGrowth } from '../../../../bench/probe/ip-counters.js';

/** 1,000 messages of 100 bytes, one a send, to 10 clients. */
const TRAFFIC = { sends: 1_000, sendBytes: 100_000, received: 0 };
const TCP = { reliable: true, joined: 10, ipv6: false, pingBytes: 40, reportBytes: 60 };
const UDP = { ...TCP, reliable: false };

/** As the kernel counts nothing but that, over TCP with an acknowledgement of each. */
const ALONE: IpCounters = {
  octets: 204_000,
  tcpSegments: 2_000,
  udpDatagrams: 0,
  icmpMessages: 0,
  tcpOpened: 0,
  tcpConnected: 20,
};
const ALONE_UDP: IpCounters = {
  ...ALONE,
  octets: 128_880,
  tcpSegments: 0,
  udpDatagrams: 1_010,
  tcpConnected: 0,
};

const measured = (ip_bytes_per_delivery: number) => ({
  ip_bytes_per_delivery: expect.closeTo(ip_bytes_per_delivery, 6),
  ip_bytes_source: 'measured',
});
const estimated = (ip_bytes_per_delivery: number) => ({
  ip_bytes_per_delivery: expect.closeTo(ip_bytes_per_delivery, 6),
  ip_bytes_source: 'estimated',
});

describe('IP bytes', () => {
  it('over TCP are estimated with 52 bytes a segment, and an acknowledgement of each write', () => {
    expect(ipFigures(100, 100, TRAFFIC, null, TCP)).toEqual(estimated(204));
    expect(ipFigures(100, 100, TRAFFIC, null, { ...TCP, ipv6: true })).toEqual(estimated(244));
    // One write of three segments.
    const large = { sends: 1, sendBytes: 150_000, received: 0 };
    expect(ipFigures(100, 150_000, large, null, TCP)).toEqual(
      estimated((100 * (150_000 + 4 * 52)) / 150_000),
    );
  });

  it('over UDP are estimated with 28 bytes a datagram, those of clients included', () => {
    const traffic = { ...TRAFFIC, received: 10 };
    expect(ipFigures(100, 100, traffic, null, UDP)).toEqual(estimated(128.88));
    expect(ipFigures(100, 100, traffic, null, { ...UDP, ipv6: true })).toEqual(estimated(149.08));
  });

  it('are those that the kernel counted where nobody else sent, less those of the ping', () => {
    const pinged = { ...ALONE, octets: ALONE.octets + 10 * 68, icmpMessages: 10 };
    expect(ipFigures(100, 100, TRAFFIC, pinged, TCP)).toEqual(measured(204));
    const traffic = { ...TRAFFIC, received: 10 };
    expect(ipFigures(100, 100, traffic, ALONE_UDP, UDP)).toEqual(measured(128.88));
  });

  it.each([
    ['a connection that is not of the cell', { tcpConnected: 21 }],
    ['a connection that was opened meanwhile', { tcpOpened: 1 }],
    ['datagrams of others', { udpDatagrams: 6 }],
    ['counters that do not see the traffic', { octets: 99_999 }],
  ])('over TCP are estimated beside %s', (_, change) => {
    expect(ipFigures(100, 100, TRAFFIC, { ...ALONE, ...change }, TCP)).toEqual(estimated(204));
  });

  it.each([
    ['segments', { tcpSegments: 6 }],
    ['datagrams of others', { udpDatagrams: 1_016 }],
    ['fewer datagrams than were sent', { udpDatagrams: 1_004 }],
  ])('over UDP are estimated beside %s', (_, change) => {
    const traffic = { ...TRAFFIC, received: 10 };
    expect(ipFigures(100, 100, traffic, { ...ALONE_UDP, ...change }, UDP)).toEqual(
      estimated(128.88),
    );
  });

  it('are as many times those of the feed as deliveries took more than one sending', () => {
    expect(ipFigures(150, 100, TRAFFIC, ALONE, TCP)).toEqual(measured(306));
  });

  it('add to each send of the window what the protocols added to one of the feed, whatever it held', () => {
    // A warm-up of 200 sends of 4 messages, a window of 800 sends of 1; a message has 100 bytes.
    const feed = { sends: 1_000, sendBytes: 160_000, received: 0 };
    const counted = { ...ALONE, octets: 160_000 + 1_000 * 104 };
    expect(ipFigures(100, 100, feed, counted, TCP)).toEqual(measured(204));
    expect(ipFigures(100, 100, feed, null, TCP)).toEqual(estimated(204));
    expect(ipFigures(100, 200, feed, counted, TCP)).toEqual(measured(152));
  });

  it('are not known where nothing was sent or delivered', () => {
    const none = { ip_bytes_per_delivery: null, ip_bytes_source: null };
    expect(ipFigures(null, 100, TRAFFIC, ALONE, TCP)).toEqual(none);
    expect(ipFigures(100, null, TRAFFIC, ALONE, TCP)).toEqual(none);
    expect(ipFigures(100, 100, { ...TRAFFIC, sendBytes: 0 }, ALONE, TCP)).toEqual(none);
  });
});

describe('the counters of IP', () => {
  const FILES: Readonly<Record<string, string>> = {
    '/proc/net/snmp': [
      'Icmp: InMsgs OutMsgs',
      'Icmp: 3 6',
      'Tcp: ActiveOpens PassiveOpens CurrEstab InSegs OutSegs',
      'Tcp: 4 5 2 100 101',
      'Udp: InDatagrams OutDatagrams',
      'Udp: 70 71',
    ].join('\n'),
    '/proc/net/netstat': 'IpExt: InOctets OutOctets\nIpExt: 900 1000\n',
    '/proc/net/snmp6':
      'Ip6InOctets                     \t20\nIp6OutOctets                    \t30\nIcmp6OutMsgs                    \t2\nUdp6OutDatagrams                \t9\n',
  };
  const read = async (path: string): Promise<string | null> => FILES[path] ?? null;

  it('are of both versions', async () => {
    expect(await ipCounters(read)).toEqual({
      octets: 1_030,
      tcpSegments: 101,
      udpDatagrams: 80,
      icmpMessages: 8,
      tcpOpened: 9,
      tcpConnected: 2,
    });
  });

  it('are known together or not at all', async () => {
    expect(await ipCounters(async () => null)).toBeNull();
    const lacking = async (path: string): Promise<string | null> =>
      path.endsWith('netstat') ? null : read(path);
    expect(await ipCounters(lacking)).toBeNull();
  });

  it('grow; of one that began anew nobody knows', () => {
    expect(ipGrowth(ALONE_UDP, { ...ALONE_UDP, octets: 128_999, tcpConnected: 7 })).toEqual({
      octets: 119,
      tcpSegments: 0,
      udpDatagrams: 0,
      icmpMessages: 0,
      tcpOpened: 0,
      tcpConnected: 0,
    });
    expect(ipGrowth(ALONE, { ...ALONE, octets: 5 })).toBeNull();
    expect(ipGrowth(null, ALONE)).toBeNull();
  });
});
