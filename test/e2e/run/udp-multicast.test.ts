import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../bench/config.js';
import { preflight } from '../../../bench/run/preflight.js';
import { receiveDrops } from '../../../bench/worker-subscriber/receive-drops.js';
import type { BenchSubscriber } from '../../../bench/worker-subscriber/subscriber.js';
import { Broadcast } from '../../../src/core/broadcast.js';
import { systemClock } from '../../../src/core/clock.js';
import { loadTransport } from '../../../src/transports/registry.js';
import {
  type Client,
  range,
  rejection,
  TestBed,
  type TestBedOptions,
  until,
} from '../../support/conformance/transport-support.js';
import { codec, LOOPBACK } from '../../support/net/group-script.js';
import { labRun } from '../../support/run/lab-run.js';

const udpMulticast = await loadTransport('udp-multicast');
const hasProc = existsSync('/proc/net/udp');

function openBed(options: TestBedOptions = {}): Promise<TestBed> {
  return TestBed.open(udpMulticast, 'line-json', {
    connect: { multicastInterface: LOOPBACK },
    oneCodec: true,
    ...options,
  });
}

async function all(clients: readonly Client[], count: number): Promise<void> {
  await until(
    () => clients.every(({ recorder }) => recorder.seqs.length >= count),
    `${count} messages`,
  );
}

it('one send reaches every member: the server sends as much to one as to thirty', async () => {
  const bed = await openBed({ broadcast: { flush: 0 } });
  const clients = await bed.connectMany(30);
  for (const count of [1, 2, 3]) {
    bed.publish(1);
    await all(clients, count);
  }
  expect(bed.server.counters).toMatchObject({
    accepted: 1,
    sends: 3,
    sentMessages: 3,
    sendErrorMessages: 0,
  });
  const bytes = bed.server.counters.sendBytes;
  for (const { subscription } of clients)
    expect(subscription.counters).toMatchObject({ reads: 3, bytes });
  expect(new Set(clients.map(({ subscription }) => subscription.localPort))).toEqual(
    new Set([bed.server.endpoint.port]),
  );
});

it('a newcomer gets no snapshot, and what it missed is not a loss', async () => {
  const bed = await openBed();
  const early = await bed.connect();
  bed.publish(3, 'a');
  bed.publish(2, 'b');
  await all([early], 5);
  const late = await bed.connect();
  expect(late.subscription.welcome).toMatchObject({
    next: 6,
    oldest: 1,
    snapshot: 0,
    codec: 'line-json',
  });
  bed.publish(2, 'a');
  await all([late], 2);
  expect(late.recorder.seqs).toEqual([6, 7]);
  expect(late.subscription.counters).toMatchObject({ datagramsLost: 0, datagramsDuplicated: 0 });
});

it('a server that begins with a feed under way sends what comes next', async () => {
  const bed = await openBed();
  await bed.server.close(0);
  bed.publish(10);
  const server = await udpMulticast.listen(bed.broadcast, {
    host: LOOPBACK,
    port: bed.server.endpoint.port,
    codecs: [codec],
    clock: systemClock(),
  });
  const client = await bed.connect();
  bed.publish(2);
  await all([client], 2);
  expect(client.recorder.seqs).toEqual([11, 12]);
  await server.close(0);
});

it('two servers of one machine cannot have the same port, whatever their groups', async () => {
  const bed = await openBed();
  const { port } = bed.server.endpoint;
  const second = (): Promise<unknown> =>
    udpMulticast.listen(new Broadcast({ clock: systemClock(), encoder: codec }), {
      host: LOOPBACK,
      port,
      codecs: [codec],
      clock: systemClock(),
      group: '239.255.70.99',
    });
  expect(await rejection(second())).toBe('LAB_ERR_PORT_IN_USE');
});

it.each([
  [{ host: '::1' }, 'LAB_ERR_BAD_VALUE', 'IPv4 only'],
  [{ host: LOOPBACK, group: 'ff02::1' }, 'LAB_ERR_BAD_VALUE', 'IPv4 only'],
  [{ host: LOOPBACK, group: '10.0.0.1' }, 'LAB_ERR_BAD_VALUE', 'not a multicast address'],
  [{ host: LOOPBACK, multicastInterface: '203.0.113.77' }, 'LAB_ERR_LISTEN', '203.0.113.77'],
  [{ host: LOOPBACK, datagramBytes: 9_000 }, 'LAB_ERR_BAD_VALUE', 'datagramBytes 9000'],
])('%o is refused with %s', async (listen, code, says) => {
  await expect(openBed({ listen })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(says),
    hint: expect.any(String),
  });
});

it('a run that cannot send to its group is refused before it begins', async () => {
  const config = { ...DEFAULT_CONFIG, transports: ['tcp', 'udp-multicast'] };
  const nowhere = preflight({
    ...config,
    transportOptions: { ...config.transportOptions, multicastInterface: '203.0.113.77' },
  });
  await expect(nowhere).rejects.toMatchObject({
    code: 'LAB_ERR_LISTEN',
    hint: expect.stringContaining('`multicastInterface`'),
  });
  expect(await preflight(config)).toEqual({ meanValueBytes: 40 });
});

it('an interface may be given by name', async () => {
  const name = process.platform === 'linux' ? 'lo' : LOOPBACK;
  const bed = await openBed({
    listen: { multicastInterface: name },
    connect: { multicastInterface: name },
  });
  const client = await bed.connect();
  bed.publish(1);
  await all([client], 1);
});

it('a port that another program has for itself cannot be joined', async () => {
  const holder = createSocket('udp4');
  await new Promise<void>((resolve) => holder.bind({ port: 0, exclusive: true }, resolve));
  const joining = udpMulticast.connect(
    { host: '239.255.70.70', port: holder.address().port },
    {
      codec,
      clock: systemClock(),
      receiver: { begin() {}, message() {}, end() {}, control() {} },
      timeoutMs: 100,
    },
  );
  await expect(joining).rejects.toMatchObject({
    code: 'LAB_ERR_CONNECT',
    hint: expect.stringContaining('`port`'),
  });
  holder.close();
});

it.runIf(hasProc)(
  'each member is charged with the drops of its own socket, though all share a port',
  async () => {
    const bed = await openBed({ broadcast: { flush: 0 } });
    const roomy = await bed.connect({ receiveBufferBytes: 1024 * 1024 });
    const narrow = await bed.connect({ receiveBufferBytes: 1 });
    const [one, other] = [roomy, narrow].map(
      ({ subscription }) => ({ subscription }) as BenchSubscriber,
    );
    // In one turn of the event loop: nobody reads meanwhile.
    for (const _ of range(1, 40)) {
      bed.publish(1);
      bed.broadcast.flush();
    }
    await all([roomy], 40);
    await until(() => narrow.subscription.counters.datagramsLost > 0, 'the loss to show');
    const drops = await receiveDrops([one as BenchSubscriber, other as BenchSubscriber], true);
    const { reads, datagramsLost } = narrow.subscription.counters;
    expect(reads + datagramsLost).toBe(40);
    expect(drops?.get(roomy.subscription.socketInode as number)).toBe(0);
    expect(drops?.get(narrow.subscription.socketInode as number)).toBe(datagramsLost);
  },
);

it.runIf(hasProc)(
  'the books of a run balance over two processes whose members drown, none counted twice',
  async () => {
    const { cells } = await labRun({
      transports: ['udp-multicast'],
      clients: [12],
      subscriberProcesses: 2,
      transportOptions: { ...DEFAULT_CONFIG.transportOptions, receiveBufferBytes: 4_096 },
      ratesPerSecond: [20_000],
      flushes: ['20ms'],
      durationsMs: [400],
      tmaxMs: 500,
    });
    const [cell] = cells as [(typeof cells)[0]];
    const { ledger, datagrams, wire, kernel } = cell;
    expect(ledger).toMatchObject({
      joined: 12,
      unattributed: 0,
      send_errors: 0,
      subscribers_unbalanced: 0,
    });
    expect(ledger.expected).toBe(ledger.published! * 12);
    expect(ledger.kernel_receive_drops).toBe(ledger.expected! - ledger.delivered!);
    expect(ledger.kernel_receive_drops).toBeGreaterThan(0);
    expect(datagrams).toMatchObject({ duplicated: 0, reordered: 0 });
    const { sent, received, lost } = datagrams as NonNullable<typeof datagrams>;
    expect(received + lost).toBe((sent as number) * 12);
    // The host's own count: of our datagrams, and of announcements.
    expect(kernel.udp_rcvbuf_errors).toBeGreaterThanOrEqual(lost);
    const sentPerMessage =
      (wire.bytes_per_delivery as number) * (ledger.delivered! / ledger.published!);
    const header = 36 / (wire.messages_per_send as number);
    expect(sentPerMessage).toBeCloseTo((wire.message_bytes as number) + header, 0);
    expect(cell.ceiling).toMatchObject({ available: false });
    expect(cell.sockets.receive_buffer_bytes).toBe(8_192);
  },
);

it('a lossless run delivers everything to everybody for the bytes of one', async () => {
  const { cells, config } = await labRun({
    transports: ['udp-multicast'],
    clients: [20],
    durationsMs: [300],
    ceiling: true,
    transportOptions: { ...DEFAULT_CONFIG.transportOptions, group: '239.255.70.71' },
  });
  const [cell] = cells as [(typeof cells)[0]];
  expect(cell).toMatchObject({ joined: 20, delivered: cell.published! * 20, lost: 0, corrupt: 0 });
  expect(cell.ledger.balanced).toBe(true);
  expect(cell.datagrams?.received).toBe(20 * (cell.datagrams?.sent as number));
  const { bytes_per_delivery, message_bytes, messages_per_send } = cell.wire;
  expect((bytes_per_delivery as number) * 20).toBeCloseTo(
    (message_bytes as number) + 36 / (messages_per_send as number),
    0,
  );
  expect(cell.ceiling).toMatchObject({
    available: false,
    reason: 'there is no bare loop of udp-multicast',
  });
  expect(config.effective).toMatchObject({
    transport_options: {
      'udp-multicast': {
        group: '239.255.70.71',
        multicast_ttl: 1,
        multicast_interface: LOOPBACK,
      },
    },
  });
});
