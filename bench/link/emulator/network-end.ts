import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { LabError } from '../../../src/errors.js';
import type { DeviceCalls } from '../../../src/native/device-calls.js';
import { IFREQ } from '../../../src/native/layout.js';
import {
  CLIENT_END_ADDRESS,
  CLIENTS_NETWORK,
  clientAddress,
  SERVER_ADDRESS,
} from '../addresses.js';
import { explainTun, linkUnavailable } from '../requirements.js';

const CLONE_NEWNET = 0x40000000;
const TUNSETIFF = 0x400454ca;
/** <linux/if_tun.h>: IP packets, and nothing before them. */
const [IFF_TUN, IFF_NO_PI] = [0x0001, 0x1000];
const DEVICE = 'lab0';
/** Packets that the kernel keeps until they are read; its own 500 overflow within milliseconds. */
const QUEUE_PACKETS = 10_000;
const IP_TIMEOUT_MS = 10_000;

const CLIENTS: readonly string[] = [
  `address add ${CLIENT_END_ADDRESS} peer ${SERVER_ADDRESS} dev ${DEVICE}`,
  `link set ${DEVICE} up`,
  // Every address of the network is this end's own.
  `route add local ${CLIENTS_NETWORK} dev lo`,
];

/**
 * Commands of `ip -batch`, in the namespace of the end. `client`: that of clients, where who binds
 * to no address has that of client 0, and is no stranger.
 */
const COMMANDS = {
  server: [
    `address add ${SERVER_ADDRESS} peer ${CLIENT_END_ADDRESS} dev ${DEVICE}`,
    `link set ${DEVICE} up`,
    `route add ${CLIENTS_NETWORK} dev ${DEVICE} src ${SERVER_ADDRESS}`,
  ],
  clients: CLIENTS,
  client: [...CLIENTS, `route replace ${SERVER_ADDRESS} dev ${DEVICE} src ${clientAddress(0)}`],
} as const satisfies Record<string, readonly string[]>;

/** A network namespace without a name and the TUN device in it: gone when nobody holds them. */
export interface NetworkEnd {
  /** Descriptors. */
  readonly namespace: number;
  readonly tun: number;
}

/**
 * Makes one and leaves this thread in it: call it on the main thread, whose namespace /proc/self
 * shows and programs inherit.
 * @throws LAB_ERR_LINK_UNAVAILABLE; LAB_ERR_FD_LIMIT
 */
export function makeEnd(calls: DeviceCalls, ip: string, kind: keyof typeof COMMANDS): NetworkEnd {
  const made = calls.unshare(CLONE_NEWNET);
  if (made < 0) throw linkUnavailable([`no network namespace can be made (${errorName(made)})`]);
  const namespace = openSync('/proc/self/ns/net', 'r');
  disableIpv6();
  const tun = openTun(calls);
  configure(ip, ['link set lo up', `link set ${DEVICE} txqueuelen ${QUEUE_PACKETS}`]);
  configure(ip, COMMANDS[kind]);
  return { namespace, tun };
}

/** Packets that the kernel had for the device and threw away. Leaves this thread in its namespace. */
export function unreadPackets(calls: DeviceCalls, { namespace }: NetworkEnd): number {
  const entered = calls.setns(namespace, CLONE_NEWNET);
  if (entered < 0) throw new LabError('LAB_ERR_INTERNAL', `setns fails: ${errorName(entered)}`);
  return droppedOf(readFileSync('/proc/self/net/dev', 'latin1'));
}

/** Column `drop` of what was to be sent (proc_net(5)): after 8 columns of what was received. */
export function droppedOf(table: string): number {
  const columns = new RegExp(`^ *${DEVICE}:(.*)$`, 'm').exec(table)?.[1]?.trim().split(/\s+/);
  const dropped = Number(columns?.[11]);
  if (!Number.isInteger(dropped))
    throw new LabError('LAB_ERR_INTERNAL', `/proc/net/dev does not tell of ${DEVICE}`);
  return dropped;
}

function openTun(calls: DeviceCalls): number {
  let tun: number;
  try {
    tun = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    throw linkUnavailable([explainTun(error)], error);
  }
  const request = Buffer.allocUnsafeSlow(IFREQ.size).fill(0);
  request.write(DEVICE, IFREQ.name, 'latin1');
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI, IFREQ.flags);
  const address = calls.addressOf(request.buffer) + request.byteOffset;
  const set = calls.ioctl(tun, TUNSETIFF, address);
  if (set >= 0) return tun;
  closeSync(tun);
  throw linkUnavailable([`no TUN device can be made (${errorName(set)})`]);
}

/** Neighbour discovery would be packets of nobody. Where there is no IPv6 there is none of it. */
function disableIpv6(): void {
  for (const scope of ['all', 'default']) {
    try {
      writeFileSync(`/proc/sys/net/ipv6/conf/${scope}/disable_ipv6`, '1', { flag: 'r+' });
    } catch {
      // Then it is carried, and counted as a stranger's.
    }
  }
}

function configure(ip: string, commands: readonly string[]): void {
  const done = spawnSync(ip, ['-batch', '-'], {
    input: `${commands.join('\n')}\n`,
    encoding: 'utf8',
    timeout: IP_TIMEOUT_MS,
  });
  if (done.error !== undefined) throw LabError.from(done.error, 'LAB_ERR_LINK_UNAVAILABLE');
  if (done.status !== 0)
    throw linkUnavailable([`${ip} does not set the device up (${done.stderr.trim()})`]);
}

function errorName(result: number): string {
  return getSystemErrorName(result);
}
