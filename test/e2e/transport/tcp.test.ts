import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { loadTransport } from '../../../src/transports/registry.js';
import {
  range,
  TestBed,
  type TestBedOptions,
  until,
} from '../../support/conformance/transport-support.js';
import { FakeClock } from '../../support/core/fake-clock.js';
import { RawClient } from '../../support/net/raw-client.js';

async function tcpBed(options: TestBedOptions = {}): Promise<TestBed> {
  return TestBed.open(await loadTransport('tcp'), 'line-json', options);
}

describe('a TCP client without our software', () => {
  it('that says nothing gets data only, one JSON object a line: no welcome, no heartbeat', async () => {
    const bed = await tcpBed({ listen: { graceMs: 20, heartbeatMs: 20 } });
    bed.publish(2);
    const bare = await RawClient.connect(bed.server.endpoint);
    await until(() => bare.seqs.length === 1, 'the snapshot');
    const asking = await RawClient.connect(bed.server.endpoint);
    asking.socket.write('{}\n');
    await until(() => asking.controls.length >= 3, 'the heartbeats of one that asked');
    bed.publish(2);
    await until(() => bare.seqs.length === 3, 'three messages');
    expect(bare.lines[0]).toMatchObject({ seq: 2, key: 'k', value: { at: 2, text: 'é😀' } });
    expect(bare.seqs).toEqual([2, 3, 4]);
    expect(bare.controls).toEqual([]);
    expect(asking.controls[0]).toMatchObject({
      control: 'welcome',
      codec: 'line-json',
      snapshot: 1,
      next: 3,
    });
    expect(asking.controls[1]).toEqual({ control: 'heartbeat', next: 3 });
  });

  it('that says nothing is still told what it missed, and the end', async () => {
    const bed = await tcpBed({
      broadcast: { retention: { messages: 4, bytes: 1e9 } },
      listen: { graceMs: 0 },
    });
    bed.publish(1);
    const bare = await RawClient.connect(bed.server.endpoint);
    await until(() => bare.seqs.length === 1, 'the snapshot');
    // All in one turn: five of them are gone before its cursor reads on.
    bed.publish(9);
    bed.broadcast.close();
    await until(() => bare.ended, 'the end');
    expect(bare.controls).toEqual([
      { control: 'lagged', missed: 5, next: 7 },
      { control: 'end', reason: 'closed' },
    ]);
    expect(bare.seqs).toEqual([1, 7, 8, 9, 10]);
  });

  it('gets nothing before the grace period is over', async () => {
    const clock = new FakeClock();
    const bed = await tcpBed({ listen: { graceMs: 250, clock } });
    await RawClient.connect(bed.server.endpoint);
    await until(() => clock.pending > 1, 'the server to accept (timers beside the heartbeat)');
    clock.advance(249);
    expect(bed.server.counters.accepted).toBe(0);
    clock.advance(1);
    expect(bed.server.counters.accepted).toBe(1);
  });

  it('whose request has arrived when a stalled server finds the grace period over gets what it asked for', async () => {
    const timeouts = new FakeClock();
    const { setImmediate } = systemClock();
    const clock = {
      now: () => timeouts.now(),
      setTimeout: (callback: () => void, ms: number) => timeouts.setTimeout(callback, ms),
      setImmediate,
    };
    const bed = await tcpBed({ listen: { graceMs: 250, clock } });
    const client = await RawClient.connect(bed.server.endpoint);
    await until(() => timeouts.pending > 1, 'the server to accept (timers beside the heartbeat)');
    // As in a real stall: first the timers of a turn, then its reads.
    await sleep(1);
    client.socket.write('{"keys":["mine"]}\n');
    timeouts.advance(250);
    await until(() => client.controls.length === 1, 'the welcome');
    bed.publish(1, 'other');
    bed.publish(1, 'mine');
    await until(() => client.seqs.length > 0, 'its message');
    expect(client.seqs).toEqual([2]);
  });

  it('may send its request in single bytes, characters split in the middle included', async () => {
    const bed = await tcpBed();
    const client = await RawClient.connect(bed.server.endpoint);
    for (const byte of Buffer.from('{"codec":"line-json","keys":["é😀"]}\r\n')) {
      client.socket.write(Buffer.of(byte));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await until(() => client.controls.length === 1, 'the welcome');
    bed.publish(1, 'other');
    bed.publish(1, 'é😀');
    await until(() => client.seqs.length === 1, 'its message');
    expect(client.seqs).toEqual([2]);
  });

  it.each([
    ['after its request line', '{"keys":["k"]}\n'],
    ['instead of ending its request line', '{"keys":["k"]}'],
    ['without a word', ''],
  ])('that closes its writing side %s still gets the stream', async (_, request) => {
    const bed = await tcpBed({ listen: { graceMs: 60_000 } });
    const client = await RawClient.connect(bed.server.endpoint);
    client.socket.end(request);
    await until(() => bed.server.counters.accepted === 1, 'the server to accept');
    bed.publish(3);
    await until(() => client.seqs.length === 3, 'its messages');
    bed.broadcast.close();
    await until(() => client.ended, 'the end');
    expect(client.lines.at(-1)).toEqual({ control: 'end', reason: 'closed' });
  });

  it('may go on talking after its request: it is read and ignored', async () => {
    const bed = await tcpBed();
    const client = await RawClient.connect(bed.server.endpoint);
    client.socket.write('{}\n{"keys":["nothing"]}\n\0\0\0');
    client.socket.write(Buffer.alloc(2_000_000, 'x'));
    await until(() => client.socket.writableLength === 0, 'the server to read it all');
    bed.publish(1);
    await until(() => client.seqs.length === 1, 'its message');
    expect(bed.server.counters.malformed).toBe(0);
  });

  it('that never ends its request line is refused after 64 KiB, and what it sends on is thrown away', async () => {
    const bed = await tcpBed();
    const client = await RawClient.connect(bed.server.endpoint);
    const block = Buffer.alloc(64 * 1024, 'x');
    for (let i = 0; i < 16; i++) client.socket.write(block);
    await until(() => client.ended, 'the refusal');
    expect(client.lines).toEqual([
      expect.objectContaining({
        control: 'end',
        reason: 'LAB_ERR_BAD_REQUEST',
        message: expect.any(String),
      }),
    ]);
    expect(bed.server.counters).toMatchObject({ accepted: 0, refused: 1, malformed: 1 });
    await until(() => client.socket.writableLength === 0, 'the server to read the rest');
  });

  it('that begins a request and stops is refused in time, and its connection given up', async () => {
    const clock = new FakeClock();
    const bed = await tcpBed({ listen: { clock, graceMs: 1e9, heartbeatMs: 60_000 } });
    const client = await RawClient.connect(bed.server.endpoint);
    client.socket.write('{"codec":');
    await until(() => {
      clock.advance(1_000);
      return bed.server.counters.refused === 1;
    }, 'the refusal');
    await until(() => client.ended, 'the server to hang up');
    expect(client.lines).toEqual([expect.objectContaining({ reason: 'LAB_ERR_BAD_REQUEST' })]);
    clock.advance(2_000);
    const { socket } = client;
    socket.end();
    await until(() => socket.closed, 'the connection to be gone');
  });

  it.each([
    ['no JSON', 'hello\n', 'LAB_ERR_BAD_REQUEST'],
    ['a member it does not know', `{"${'k'.repeat(30_000)}":1}\n`, 'LAB_ERR_BAD_REQUEST'],
    ['text that is none', '{"codec":"\\ud800"}\n', 'LAB_ERR_UNKNOWN_CODEC'],
    ['a codec it does not know', '{"codec":"xml"}\n', 'LAB_ERR_UNKNOWN_CODEC'],
  ])('that asks for %s is told why in one JSON line', async (_, request, code) => {
    const bed = await tcpBed();
    const client = await RawClient.connect(bed.server.endpoint);
    client.socket.write(request);
    await until(() => client.ended, 'the refusal');
    expect(client.lines).toEqual([expect.objectContaining({ control: 'end', reason: code })]);
    expect(client.bytes).toBeLessThan(5_000);
    await bed.connect();
  });
});

describe('a TCP server', () => {
  it('makes one write per subscriber and flush', async () => {
    const bed = await tcpBed({ broadcast: { flush: 0 } });
    const clients = await bed.connectMany(20);
    bed.publish(1);
    await until(
      () => clients.every(({ recorder }) => recorder.seqs.length === 1),
      'the first message',
    );
    const before = { ...bed.server.counters, flushes: bed.broadcast.counters.flushes };
    for (let turn = 1; turn <= 30; turn++) {
      bed.publish(turn);
      const due = bed.broadcast.next - 1;
      await until(() => clients.every(({ recorder }) => recorder.seqs.at(-1) === due), 'the batch');
    }
    expect(bed.broadcast.counters.flushes - before.flushes).toBe(30);
    expect(bed.server.counters.sends - before.sends).toBe(20 * 30);
    expect(bed.server.counters.sentMessages - before.sentMessages).toBe(20 * 465);
  });

  it('keeps no timer for a client that has left', async () => {
    const clock = new FakeClock();
    const bed = await tcpBed({ listen: { clock } });
    const client = await RawClient.connect(bed.server.endpoint);
    client.socket.write('{}\n');
    await until(() => client.controls.length === 1, 'the welcome');
    client.socket.resetAndDestroy();
    await until(() => bed.server.counters.ended === 1, 'the server to notice');
    expect(clock.pending, 'the heartbeat alone').toBe(1);
    await bed.server.close();
    expect(clock.pending).toBe(0);
  });

  it('delivers at close what no flush has sent yet', async () => {
    const clock = new FakeClock();
    // Time stands still for the flush scheduler: only closing can send this.
    const bed = await tcpBed({ broadcast: { clock } });
    const { subscription, recorder } = await bed.connect();
    bed.publish(10);
    await bed.server.close();
    expect(await subscription.closed).toBeUndefined();
    expect(recorder.seqs).toEqual(range(1, 10));
  });

  it.each(['reads', 'has stopped reading'])(
    'notices that a client that %s was killed',
    async (state) => {
      const bed = await tcpBed({ listen: { heartbeatMs: 30 } });
      const other = await bed.connect();
      const child = startClient(bed.server.endpoint.port, state === 'reads');
      await until(() => bed.broadcast.counters.clients === 2, 'the child to subscribe');
      bed.publish(50);
      await until(() => other.recorder.seqs.length === 50, 'the messages');
      child.kill('SIGKILL');
      await until(() => bed.broadcast.counters.clients === 1, 'the server to notice');
      expect(bed.server.counters.ended).toBe(1);
      bed.publish(1);
      await until(() => other.recorder.seqs.length === 51, 'the other client to be served');
      expect(other.recorder.seqs).toEqual(range(1, 51));
    },
  );
});

/** A client in a process of its own. */
function startClient(port: number, reads: boolean): ChildProcess {
  const program = `
    const socket = require('node:net').connect(${port}, '127.0.0.1');
    socket.write('{}\\n');
    ${reads ? 'socket.resume();' : ''}
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}
