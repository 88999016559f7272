/** What this host sent, as the kernel counts it: over loopback that is both directions. */
import { protocolTable } from '../../src/kernel/protocol-table.js';
import { type ReadText, readText } from '../../src/kernel/read-text.js';

/** Since boot, of the network namespace; null where the platform does not tell. */
export interface IpCounters {
  /** Bytes of the IP packets sent, of both versions. */
  readonly octets: number;
  readonly tcpSegments: number;
  readonly udpDatagrams: number;
  readonly icmpMessages: number;
  /** TCP connections opened or accepted. */
  readonly tcpOpened: number;
  /** TCP sockets that are connected now. */
  readonly tcpConnected: number;
}

/** These counters, now; null unless all of them are told. */
export async function ipCounters(read: ReadText = readText): Promise<IpCounters | null> {
  const [snmp, netstat, snmp6] = await Promise.all([
    read('/proc/net/snmp'),
    read('/proc/net/netstat'),
    read('/proc/net/snmp6'),
  ]);
  const [tcp, udp, icmp] = ['Tcp', 'Udp', 'Icmp'].map((name) => protocolTable(snmp ?? '', name));
  const sixth = (name: string): number =>
    Number(new RegExp(`^${name}\\s+(\\d+)$`, 'm').exec(snmp6 ?? '')?.[1] ?? 0);
  const counters = {
    octets: plus(
      protocolTable(netstat ?? '', 'IpExt')?.('OutOctets') ?? null,
      sixth('Ip6OutOctets'),
    ),
    tcpSegments: tcp?.('OutSegs') ?? null,
    udpDatagrams: plus(udp?.('OutDatagrams') ?? null, sixth('Udp6OutDatagrams')),
    icmpMessages: plus(icmp?.('OutMsgs') ?? null, sixth('Icmp6OutMsgs')),
    tcpOpened: plus(tcp?.('ActiveOpens') ?? null, tcp?.('PassiveOpens') ?? null),
    tcpConnected: tcp?.('CurrEstab') ?? null,
  };
  return isWhole(counters) ? counters : null;
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function isWhole(counters: Record<keyof IpCounters, number | null>): counters is IpCounters {
  return Object.values(counters).every((count) => count !== null);
}

/** Growth from before the feed to the end of the drain; `tcpConnected` as it was before. */
export function ipGrowth(before: IpCounters | null, after: IpCounters | null): IpCounters | null {
  if (before === null || after === null) return null;
  const grown = (name: keyof IpCounters): number => after[name] - before[name];
  const growth = {
    octets: grown('octets'),
    tcpSegments: grown('tcpSegments'),
    udpDatagrams: grown('udpDatagrams'),
    icmpMessages: grown('icmpMessages'),
    tcpOpened: grown('tcpOpened'),
    tcpConnected: before.tcpConnected,
  };
  return Object.values(growth).some((count) => count < 0) ? null : growth;
}
