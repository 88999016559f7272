/**
 * `npm run bench:link [PACKETS_PER_SECOND...]`: what the emulator of links can carry. A process at
 * the server's end sends UDP datagrams of 1,200 bytes in turn to 10 clients, a burst every 0.2 ms,
 * to sockets that nobody reads; the link delays them by 10 ms and loses none. For each rate: what
 * was sent and delivered a second, how much later than decided, and the emulator's CPU. Figures are
 * those of a quiet machine only, and need a core for the sender beside the emulator's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { keepTime, PRIORITY } from '../bench/link/emulator/keep-time.js';
import type { Link } from '../bench/link/link.js';
import type { LinkBook } from '../bench/link/link-book.js';
import type { DirectionSpec } from '../bench/link/link-spec.js';
import { openLink } from '../bench/link/open-link.js';
import { sleep } from '../src/core/timer.js';
import { loadDeviceCalls } from '../src/native/device-calls.js';
import { openDescriptor } from '../src/transports/native/descriptor.js';
import { MessageBatch } from '../src/transports/native/message-batch.js';
import { encodeSockaddr } from '../src/transports/native/sockaddr.js';

const RATES = [10_000, 50_000, 100_000, 150_000, 200_000];
const SECONDS = Number(process.env.LAB_LINK_SECONDS ?? 5);
const CLIENTS = 10;
const PORT = 9_000;
const DATAGRAM_BYTES = 1_200;
const BURST_MICROS = 200;
const MOST_IN_BURST = 128;
const DELAY_MICROS = 10_000;
const IDLE_MS = 500;

const WAY: DirectionSpec = {
  delayUs: DELAY_MICROS,
  jitterUs: 0,
  loss: { kind: 'random', ratio: 0, burst: undefined },
  duplicate: 0,
  reorder: 0,
  reorderUs: 0,
  corrupt: 0,
  rate: undefined,
  outage: undefined,
};

async function main(rates: readonly number[]): Promise<void> {
  const table = new Table({
    head: [
      'asked/s',
      'sent/s',
      'delivered',
      'lateness p50 µs',
      'p99',
      'max',
      'unread',
      'CPU µs/packet',
    ],
    style: { head: [], border: [] },
  });
  for (const rate of rates) table.push(await measure(rate));
  console.log(table.toString());
}

async function measure(rate: number): Promise<string[]> {
  const spec = { name: 'bench', text: 'bench', up: WAY, down: WAY, uplink: undefined };
  const link = await openLink({ spec, seed: 1, clients: CLIENTS });
  const children: ChildProcess[] = [];
  try {
    const addresses = Array.from({ length: CLIENTS }, (_, k) => link.clientAddress(k));
    children.push(start(link.clientEnd, 'receiver', addresses));
    await once(children[0] as ChildProcess, 'message');
    const before = await link.book();
    children.push(start(link.serverEnd, 'sender', [String(rate), ...addresses]));
    const [{ sent, seconds }] = await once(children[1] as ChildProcess, 'message');
    await sleep(IDLE_MS);
    return row(rate, sent, seconds, before, await link.book());
  } finally {
    for (const child of children) child.disconnect();
    await link.close();
  }
}

function row(
  rate: number,
  sent: number,
  seconds: number,
  before: LinkBook,
  after: LinkBook,
): string[] {
  const { p50, p99, max } = after.lateness;
  const carried = packetsOf(after).delivered - packetsOf(before).delivered;
  return [
    String(rate),
    (sent / seconds).toFixed(0),
    `${((100 * carried) / sent).toFixed(3)} %`,
    ...[p50, p99, max, after.unread].map(String),
    ((after.cpuMicros - before.cpuMicros) / carried).toFixed(2),
  ];
}

function packetsOf({ clients }: LinkBook): { delivered: number } {
  return { delivered: clients.reduce((sum, { down }) => sum + down.delivered, 0) };
}

function start(end: Link['serverEnd'], role: string, values: readonly string[]): ChildProcess {
  const [program = '', ...args] = end.enter([
    process.execPath,
    fileURLToPath(import.meta.url),
    role,
    ...values,
  ]);
  return spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** Sockets that the kernel fills once. */
async function receive(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4_096 });
    socket.bind(PORT, address);
    await once(socket, 'listening');
  }
  process.send?.('ready');
}

async function sendAll(rate: number, addresses: readonly string[]): Promise<void> {
  const socket = createSocket('udp4').bind(PORT);
  await once(socket, 'listening');
  const { native, fd } = await openDescriptor(socket);
  keepTime(await loadDeviceCalls(), PRIORITY.probe);
  const batch = new MessageBatch(native, MOST_IN_BURST, 0, 4);
  const payload = Buffer.allocUnsafeSlow(DATAGRAM_BYTES).fill(0x2e);
  const targets = addresses.map((address) => encodeSockaddr(4, address, PORT));
  const still = new Int32Array(new SharedArrayBuffer(4));
  const begun = performance.now();
  const until = begun + SECONDS * 1_000;
  let sent = 0;
  for (let now = begun; now < until; now = performance.now()) {
    const due = Math.min(MOST_IN_BURST, Math.floor(((now - begun) / 1_000) * rate) - sent);
    for (let i = 0; i < due; i++)
      batch.set(i, payload, targets[(sent + i) % targets.length] as Uint32Array);
    if (due > 0) sent += Math.max(0, batch.send(fd, 0, due));
    if (due < MOST_IN_BURST) Atomics.wait(still, 0, 0, BURST_MICROS / 1_000);
  }
  process.send?.({ sent, seconds: (performance.now() - begun) / 1_000 });
}

const [, , role = '', ...values] = process.argv;
if (role === 'receiver') {
  process.on('disconnect', () => process.exit(0));
  await receive(values);
} else if (role === 'sender') {
  process.on('disconnect', () => process.exit(0));
  await sendAll(Number(values[0]), values.slice(1));
} else await main(process.argv.length > 2 ? process.argv.slice(2).map(Number) : RATES);
