import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type BareSender,
  type CeilingClientsSpec,
  type CeilingOptions,
  type FromCeilingClients,
  type FromCeilingServer,
  runCeiling,
  type ToCeilingClients,
  type ToCeilingServer,
} from '../../../bench/probe/ceiling/ceiling.js';
import { MARKED, UNMARKED } from '../../../bench/probe/ceiling/mark.js';
import { WorkerHandle } from '../../../bench/process/worker-process.js';
import { loadNative } from '../../../src/transports/native/native.js';
import { inWindow, SUBSCRIBERS, signalWorkers } from '../../support/run/faults.js';
import { codesOf, labRun } from '../../support/run/lab-run.js';

const LIMIT_MS = 20_000;
const BARE = await loadNative().then(
  () => ['dgram', 'sendmmsg', 'gso'] as const,
  () => ['dgram'] as const,
);
const TOKEN = Buffer.from('0123456789abcdef');
const children = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;

function quick(overrides: Partial<CeilingOptions>): CeilingOptions {
  const load = { clients: 5, bytesPerSend: 100, messagesPerSend: 4, durationMs: 200, processes: 1 };
  return { transport: 'tcp', host: '127.0.0.1', ...load, ...overrides };
}

describe.each(['tcp', 'udp'] as const)('the ceiling of %s', (transport) => {
  it('counts what arrives in sends and in messages, and leaves no process behind', async () => {
    const ceiling = await runCeiling(quick({ transport }));
    expect(ceiling).toMatchObject({ available: true, reason: null });
    expect(ceiling.sends_per_s).toBeGreaterThan(0);
    expect(ceiling.sent_per_s).toBeGreaterThan(0);
    if (transport === 'udp') expect(ceiling.sends_per_s).toBeLessThanOrEqual(ceiling.sent_per_s!);
    expect(ceiling.messages_per_s).toBe(ceiling.sends_per_s! * 4);
    await expect.poll(children).toBe(0);
  });

  it('splits its clients among processes, and uses no more of them than it has clients', async () => {
    for (const clients of [1, 7]) {
      const options = quick({ transport, clients, processes: 3, host: 'localhost' });
      expect(await runCeiling(options)).toMatchObject({ available: true });
    }
  });

  it('is interrupted by its signal, before it and in its midst, and leaves no process behind', async () => {
    const gone = AbortSignal.abort();
    expect(await runCeiling(quick({ transport, signal: gone }))).toMatchObject({
      reason: 'interrupted',
    });
    const abort = new AbortController();
    const running = runCeiling(quick({ transport, durationMs: 3_600_000, signal: abort.signal }));
    await expect.poll(children).toBeGreaterThan(0);
    abort.abort();
    expect(await running).toEqual({
      available: false,
      reason: 'interrupted',
      sends_per_s: null,
      sent_per_s: null,
      messages_per_s: null,
    });
    await expect.poll(children).toBe(0);
  });

  it('an address that is not of this machine has none', async () => {
    // TEST-NET-3, RFC 5737: assigned to nobody.
    const ceiling = await runCeiling(quick({ transport, host: '203.0.113.9' }));
    expect(ceiling).toMatchObject({ available: false, sends_per_s: null });
    expect(ceiling.reason).toContain('EADDRNOTAVAIL');
    await expect.poll(children).toBe(0);
  });

  it.each([
    ['host', '-x'],
    ['clients', 0],
    ['clients', 1.5],
    ['bytesPerSend', 0],
    ['bytesPerSend', Number.NaN],
    ['messagesPerSend', 0],
    ['messagesPerSend', Number.POSITIVE_INFINITY],
    ['durationMs', -1],
    ['processes', 0],
  ])('%s %s has none, and starts nothing', async (key, value) => {
    await expect.poll(children).toBe(0);
    const ceiling = await runCeiling(quick({ transport, [key]: value }));
    expect(ceiling).toMatchObject({ available: false, messages_per_s: null });
    expect(ceiling.reason).toContain(String(value));
    expect(children()).toBe(0);
  });
});

it('a datagram larger than UDP can carry has no ceiling, a write of that size has', async () => {
  const bytesPerSend = 65_508;
  expect(await runCeiling(quick({ transport: 'udp', bytesPerSend }))).toMatchObject({
    available: false,
  });
  expect(await runCeiling(quick({ transport: 'tcp', bytesPerSend }))).toMatchObject({
    available: true,
  });
});

describe('the server of the ceiling', () => {
  let server: WorkerHandle<ToCeilingServer, FromCeilingServer> | undefined;
  afterEach(() => server?.stop({ type: 'close' }));

  async function listen(
    transport: 'tcp' | 'udp',
    clients: number,
    bytesPerSend: number,
    sender: BareSender = 'dgram',
  ): Promise<number> {
    server = new WorkerHandle('ceiling server', 'bench/probe/ceiling/server.js');
    const load = {
      host: '127.0.0.1',
      clients,
      bytesPerSend,
      sendBufferBytes: null,
      sender,
      segments: sender === 'gso' ? 3 : 1,
      token: TOKEN,
    };
    server.tell({ type: 'listen', spec: { transport, ...load } });
    return (await server.expect('listening', LIMIT_MS)).endpoint.port;
  }

  /** A client that says `text`; one of ours by default. */
  function join(port: number, text: string | Buffer = TOKEN): Socket {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.on('error', () => {}).write(text);
    return socket;
  }

  it('over TCP takes nobody for a client who does not know the token: probes and strangers', async () => {
    const port = await listen('tcp', 2, 100);
    const full = server!.expect('full', LIMIT_MS);
    const strangers = ['0123456789abcdeX', 'x'.repeat(100), 'half'].map((text) => join(port, text));
    const silent = createConnection({ host: '127.0.0.1', port });
    let got = 0;
    for (const socket of [...strangers, silent])
      socket.on('data', (bytes) => (got += bytes.length));
    // The longer ones are seen to be none at once.
    await Promise.all(strangers.slice(0, 2).map((socket) => once(socket, 'close')));
    const ours = [join(port), join(port)];
    await full;
    server!.tell({ type: 'go', warmupMs: 0, windowMs: 60_000 });
    await Promise.all(ours.map((socket) => once(socket, 'data')));
    silent.destroy();
    strangers[2]!.destroy();
    await Promise.all(ours.map((socket) => once(socket, 'data')));
    expect(got).toBe(0);
    for (const socket of ours) socket.destroy();
  });

  it('goes on serving the others while one TCP client does not read', async () => {
    const port = await listen('tcp', 3, 1_000);
    const full = server!.expect('full', LIMIT_MS);
    const sockets = [0, 1, 2].map(() => join(port));
    await full;
    const got = [0, 0, 0];
    sockets[0]!.pause();
    for (const i of [1, 2]) sockets[i]!.on('data', (bytes) => (got[i]! += bytes.length));
    server!.tell({ type: 'go', warmupMs: 0, windowMs: 60_000 });
    // Far beyond what any buffer in between holds.
    await expect
      .poll(() => Math.min(got[1]!, got[2]!), { timeout: LIMIT_MS })
      .toBeGreaterThan(20e6);
    for (const socket of sockets) socket.destroy();
  });

  it('tells when a TCP client goes away, as there is no ceiling of fewer clients', async () => {
    const port = await listen('tcp', 2, 100);
    const full = server!.expect('full', LIMIT_MS);
    const sockets = [0, 1].map(() => join(port).resume());
    await full;
    sockets[0]!.resetAndDestroy();
    await expect(server!.died).rejects.toMatchObject({ code: 'LAB_ERR_CLOSED' });
    sockets[1]!.destroy();
  });

  it.each(BARE)(
    'by %s sends datagrams of the size asked for to every client in turn, and none to who does not know the token',
    async (sender) => {
      const port = await listen('udp', 2, 300, sender);
      const full = server!.expect('full', LIMIT_MS);
      const got: number[][] = [[], [], []];
      const sockets = got.map((sizes) => {
        const socket = createSocket('udp4');
        socket.on('message', (bytes) => sizes.push(bytes.length));
        return socket;
      });
      sockets[2]!.send('0123456789abcdeX', port, '127.0.0.1');
      // One asks twice: it is still one client.
      sockets[0]!.send(TOKEN, port, '127.0.0.1');
      sockets[0]!.send(TOKEN, port, '127.0.0.1');
      await expect.poll(() => got[0]).toEqual([TOKEN.length, TOKEN.length]);
      sockets[1]!.send(TOKEN, port, '127.0.0.1');
      await full;
      server!.tell({ type: 'go', warmupMs: 0, windowMs: 60_000 });
      await expect.poll(() => Math.min(got[0]!.length, got[1]!.length)).toBeGreaterThan(1_000);
      for (const socket of sockets) socket.close();
      expect(new Set([...got[0]!.slice(2), ...got[1]!.slice(1)])).toEqual(new Set([300]));
      expect(got[2]).toEqual([]);
    },
  );
});

describe.each(BARE)('the server of the ceiling by %s', (sender) => {
  it('marks what it sends in the window, no more than it counts, and not the warm-up', async () => {
    const server = new WorkerHandle<ToCeilingServer, FromCeilingServer>(
      'ceiling server',
      'bench/probe/ceiling/server.js',
    );
    const load = { host: '127.0.0.1', clients: 1, bytesPerSend: 20, sendBufferBytes: null };
    server.tell({
      type: 'listen',
      spec: { transport: 'udp', ...load, sender, segments: 3, token: TOKEN },
    });
    const { endpoint } = await server.expect('listening', LIMIT_MS);
    const firsts = new Map<number, number>();
    const client = createSocket('udp4');
    client.on('message', ([first]) => firsts.set(first!, (firsts.get(first!) ?? 0) + 1));
    const full = server.expect('full', LIMIT_MS);
    client.send(TOKEN, endpoint.port, endpoint.host);
    await full;
    const report = server.expect('report', LIMIT_MS);
    server.tell({ type: 'go', warmupMs: 30, windowMs: 30 });
    const { count } = await report;
    await server.stop({ type: 'close' });
    await expect.poll(() => firsts.get(MARKED) ?? 0).toBeGreaterThan(0);
    client.close();
    // What the receiver could not keep up with is lost.
    expect(firsts.get(MARKED)).toBeLessThanOrEqual(count.received);
    expect(firsts.get(UNMARKED)).toBeGreaterThan(0);
  });
});

describe('the clients of the ceiling', () => {
  let clients: WorkerHandle<ToCeilingClients, FromCeilingClients> | undefined;
  afterEach(() => clients?.stop({ type: 'close' }));

  function connect(
    spec: Omit<CeilingClientsSpec, 'receiveBufferBytes' | 'token' | 'clients'>,
  ): Promise<unknown> {
    clients = new WorkerHandle('ceiling clients', 'bench/probe/ceiling/clients.js');
    clients.tell({
      type: 'connect',
      spec: { ...spec, clients: 3, receiveBufferBytes: null, token: TOKEN },
    });
    return clients.expect('ready', LIMIT_MS);
  }

  /** A TCP server that the three of them are connected to. */
  async function connectByTcp(): Promise<{ readonly server: Server; readonly sockets: Socket[] }> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on('error', () => {})));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await connect({
      transport: 'tcp',
      endpoint: { host: '127.0.0.1', port },
      readyTimeoutMs: LIMIT_MS,
    });
    await expect.poll(() => sockets.length).toBe(3);
    return { server, sockets };
  }

  it('count the bytes that TCP brings in their window, never more than were written', async () => {
    const { server, sockets } = await connectByTcp();
    const written = (): number => sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0);
    const timer = setInterval(() => {
      for (const socket of sockets) socket.write(Buffer.alloc(777));
    }, 1);
    await expect.poll(written).toBeGreaterThan(0);
    const report = clients!.expect('report', LIMIT_MS);
    clients!.tell({ type: 'measure', warmupMs: 20, windowMs: 200 });
    const { count } = await report;
    clearInterval(timer);
    expect(count.elapsedMs).toBeGreaterThanOrEqual(199);
    expect(count.received).toBeGreaterThan(0);
    expect(count.received).toBeLessThanOrEqual(written());
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('tell when TCP cuts one of them off', async () => {
    const { server, sockets } = await connectByTcp();
    sockets[1]!.resetAndDestroy();
    await expect(clients!.died).rejects.toMatchObject({ code: 'LAB_ERR_CLOSED' });
    server.close();
  });

  it('say hello again until they are answered, and count neither answers nor what is not of the window', async () => {
    const server = createSocket('udp4');
    const asked = new Map<number, number>();
    server.on('message', (bytes, from) => {
      expect(bytes.equals(TOKEN)).toBe(true);
      const times = (asked.get(from.port) ?? 0) + 1;
      asked.set(from.port, times);
      // The first hello of each is lost.
      if (times > 1) server.send(bytes, from.port, from.address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    await connect({
      transport: 'udp',
      endpoint: { host: '127.0.0.1', port },
      readyTimeoutMs: LIMIT_MS,
    });
    expect([...asked.values()].every((times) => times >= 2)).toBe(true);
    expect(asked.size).toBe(3);
    // Of what comes they count what is marked as sent in the window.
    const report = clients!.expect('report', LIMIT_MS);
    for (const first of [UNMARKED, MARKED, MARKED, UNMARKED])
      for (const port of asked.keys()) server.send(Buffer.of(first, 1), port, '127.0.0.1');
    clients!.tell({ type: 'collect', elapsedMs: 250 });
    expect((await report).count).toEqual({ received: 6, elapsedMs: 250 });
    server.close();
  });

  it('that nobody answers give up in time', async () => {
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const endpoint = { host: '127.0.0.1', port };
    await expect(
      connect({ transport: 'udp', endpoint, readyTimeoutMs: 300 }),
    ).rejects.toMatchObject({
      code: 'LAB_ERR_CONNECT_TIMEOUT',
    });
    server.close();
  });
});

describe('a run with --ceiling', () => {
  it('sets every cell beside its ceiling, right after it', async () => {
    const phases: string[] = [];
    const { cells } = await labRun(
      { transports: ['tcp', 'udp'], ceiling: true },
      {
        onEvent: (event) => {
          if (event.type === 'phase') phases.push(event.phase);
          if (event.type === 'cell-end') phases.push('end');
        },
      },
    );
    for (const { ceiling, goodput } of cells) {
      expect(ceiling).toMatchObject({ available: true, reason: null });
      expect(ceiling.ratio).toBeCloseTo(goodput.messages_per_s! / ceiling.messages_per_s!, 12);
    }
    const ends = phases.filter((phase, i) => phase === 'end' && phases[i - 1] === 'ceiling');
    expect(ends).toHaveLength(2);
  });

  it('measures none for a cell that is INVALID, and says so', async () => {
    const onEvent = inWindow(() => signalWorkers(SUBSCRIBERS, 'SIGKILL'));
    const { cells } = await labRun({ ceiling: true, durationsMs: [5_000] }, { onEvent });
    expect(codesOf(cells[0]!)).toContain('WORKER_DIED');
    expect(cells[0]!.ceiling).toMatchObject({ available: false, ratio: null });
    expect(cells[0]!.ceiling.reason).toContain('INVALID');
  });

  it('keeps the cell whole when Ctrl-C ends its ceiling', async () => {
    const stop = new AbortController();
    const { cells } = await labRun(
      { ceiling: true },
      {
        stop: stop.signal,
        onEvent: (event) => {
          if (event.type === 'phase' && event.phase === 'ceiling') stop.abort();
        },
      },
    );
    expect(cells[0]).toMatchObject({ incomplete: false, published: 100, lost: 0 });
    expect(cells[0]!.ceiling).toMatchObject({ available: false, reason: 'interrupted' });
  });
});

it('a run without --ceiling has none, and says how to ask', async () => {
  const { cells } = await labRun({ durationsMs: [200] });
  expect(cells[0]!.ceiling).toMatchObject({
    available: false,
    reason: 'not asked for (--ceiling)',
  });
});
