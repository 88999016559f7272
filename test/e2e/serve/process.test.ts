/**
 * `lab serve` as people run it: killed and started again under many subscribers, and carrying a
 * stream of bytes.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { subscribe } from '../../../src/client/feed.js';
import { PACKET } from '../../../src/transports/datagram/wire.js';
import { type Finished, start } from '../../support/cli/lab.js';
import { type Serving, serving } from '../../support/cli/serving.js';
import { range, until } from '../../support/conformance/transport-support.js';
import { UdpRelay } from '../../support/net/udp-relay.js';
import { Listener } from '../../support/server/feed-rig.js';

/** Below the ports that the system gives to clients: nobody takes it while the server is down. */
async function fixedPort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
  throw new Error('no free port');
}

/** Publishes `count` messages, a line each. */
function publish({ child }: Serving, count: number): void {
  child.stdin?.write(
    range(1, count)
      .map((i) => `{"key":"k${i % 7}","value":${i}}\n`)
      .join(''),
  );
}

describe('a server that is killed and started again on its port', () => {
  it('has 500 subscribers back by themselves, and each accounts for every message of both epochs', async () => {
    const flags = ['--source', 'stdin:lines', '--port', String(await fixedPort())];
    const old = await serving(...flags);
    const url = old.url('tcp');
    const listeners = range(1, 500).map(() => new Listener(url, { random: Math.random }));
    const all = (what: string, condition: (listener: Listener) => boolean): Promise<void> =>
      until(
        () => listeners.every(condition),
        () => `${what}: ${JSON.stringify(listeners.find((one) => !condition(one))?.notices)}`,
      );
    await all('a welcome', (listener) => listener.count('connected') === 1);
    publish(old, 100);
    await all('100 messages', ({ messages }) => messages.length >= 100);
    // In the middle of the next ones: how many of them anybody gets is up to the kernel.
    publish(old, 100);
    old.child.kill('SIGKILL');
    await old.finished;
    const fresh = await serving(...flags);
    publish(fresh, 30);
    await all('another welcome', (listener) => listener.count('connected') === 2);
    publish(fresh, 30);
    await all('the newest message', ({ messages }) => messages.at(-1)?.seq === 60);
    for (const listener of listeners) {
      const before = listener.messages.length - 60;
      expect(before).toBeGreaterThanOrEqual(100);
      expect(listener.seqs).toEqual([...range(1, before), ...range(1, 60)]);
      const { received, missed, expected, reconnects } = listener.feed.stats();
      expect({ sum: received + missed, missed }).toEqual({
        sum: expected,
        missed: listener.missed,
      });
      expect({ expected, reconnects }).toEqual({ expected: before + 60, reconnects: 1 });
      expect(listener.count('restarted')).toBe(1);
    }
    expect(await fresh.metric('lab_clients')).toBe(500);
  });
});

interface Output {
  readonly bytes: Buffer;
  readonly code: number | null;
  readonly stderr: string;
}

/** What a `lab` writes, as bytes. */
async function output(child: ReturnType<typeof start>): Promise<Output> {
  const chunks: Buffer[] = [];
  let stderr = '';
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<Finished['code']>((done) => child.on('close', done));
  return { bytes: Buffer.concat(chunks), code, stderr };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes without a pattern, the same in every run. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 12_345;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

describe('a stream of bytes through lab serve and lab subscribe --raw', () => {
  it('comes out unchanged over TCP, and over UDP without exactly the pieces reported as missing', async () => {
    const server = await serving(
      '-t',
      'tcp,udp',
      '--source',
      'stdin:bytes',
      '--on-end',
      'exit',
      '--drain',
      '5s',
    );
    // The server sends no more than a socket holds, but on the way one datagram in ten is lost.
    const relay = await UdpRelay.to(Number(new URL(server.url('udp')).port));
    onTestFinished(() => relay.close());
    relay.rule = (direction, type, index) =>
      direction === 'down' && type === PACKET.data && index % 10 === 3 ? 'drop' : 'pass';
    const raw = (url: string): ReturnType<typeof start> =>
      start(['subscribe', url, '--raw', '--codec', 'msgpack', '--from', '1', '--stats']);
    const tcp = output(raw(server.url('tcp')));
    const udpChild = raw(`udp://127.0.0.1:${relay.port}`);
    const udp = output(udpChild);
    // A piece may be shorter than others: this one knows each by its number.
    const pieces = new Map<number, Buffer>();
    const reference = (async () => {
      for await (const { seq, value } of subscribe(server.url('tcp'), {
        from: 1,
        codec: 'msgpack',
      })) {
        pieces.set(seq, value as Buffer);
      }
    })();
    await expect.poll(() => server.metric('lab_clients'), { interval: 10 }).toBe(3);

    const bytes = noise(2 * 1024 * 1024 + 1);
    const half = 1024 * 1024;
    // Half of it while nobody reads the UDP socket: more than its buffer holds.
    udpChild.kill('SIGSTOP');
    server.child.stdin?.write(bytes.subarray(0, half));
    await until(
      () => [...pieces.values()].reduce((sum, { length }) => sum + length, 0) === half,
      'one half',
    );
    udpChild.kill('SIGCONT');
    server.child.stdin?.end(bytes.subarray(half));

    const whole = await tcp;
    expect({ code: whole.code, sha256: sha256(whole.bytes) }).toEqual({
      code: 0,
      sha256: sha256(bytes),
    });
    await reference;
    expect(sha256(Buffer.concat([...pieces.values()]))).toBe(sha256(bytes));
    expect((await server.finished).code).toBe(0);

    const { code, bytes: arrived, stderr } = await udp;
    const gaps = [...stderr.matchAll(/\(seq (\d+)(?: to (\d+))?\)/g)].map(([, from, to = from]) =>
      range(Number(from), Number(to)),
    );
    const missing = new Set(gaps.flat());
    const stats = JSON.parse(stderr.trimEnd().split('\n').at(-1)!);
    expect({
      code,
      missed: stats.missed,
      expected: stats.expected,
      sum: stats.received + stats.missed,
    }).toEqual({
      code: 0,
      missed: missing.size,
      expected: pieces.size,
      sum: pieces.size,
    });
    expect(missing.size).toBeGreaterThan(0);
    const rest = [...pieces].filter(([seq]) => !missing.has(seq)).map(([, piece]) => piece);
    expect(sha256(arrived)).toBe(sha256(Buffer.concat(rest)));
  });
});
