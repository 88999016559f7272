/** Ctrl-C while a command still connects: it ends with 130, long before any timeout. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadCodec } from '../../../src/codecs/registry.js';
import { anyAlive, finish, start } from '../../support/cli/lab.js';
import { encodeItems } from '../../support/conformance/codec-support.js';
import { until } from '../../support/conformance/transport-support.js';
import { welcomeIn } from '../../support/conformance/welcome.js';

/** A connection is given up after 10 s, a readiness barrier after 20. */
const LONG_BEFORE_MS = 8_000;
const HOST = '127.0.0.1';

interface Silent {
  readonly port: number;
  /** Clients that have asked for something, and got no answer. */
  readonly waiting: number;
}

/** Welcomes so many clients and no other. */
async function silentTcp(welcomes = 0): Promise<Silent> {
  const codec = await loadCodec('line-json');
  let asked = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    socket.once('data', () => {
      asked += 1;
      if (asked <= welcomes) socket.write(encodeItems(codec, [welcomeIn(codec)]));
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  return {
    port,
    get waiting() {
      return Math.max(0, asked - welcomes);
    },
  };
}

async function silentUdp(): Promise<Silent> {
  const socket = createSocket('udp4');
  let waiting = 0;
  socket.on('message', () => {
    waiting += 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  onTestFinished(() => void socket.close());
  return {
    port: socket.address().port,
    get waiting() {
      return waiting;
    },
  };
}

async function interrupted(args: readonly string[], server: Silent): Promise<void> {
  const child = start(args);
  const running = finish(child);
  await until(() => server.waiting > 0, 'the client to ask');
  const since = performance.now();
  child.kill('SIGINT');
  const { code, stderr } = await running;
  expect({ code, errors: stderr.match(/LAB_ERR_\w+/g) }).toEqual({ code: 130, errors: null });
  expect(performance.now() - since).toBeLessThan(LONG_BEFORE_MS);
  await until(() => !anyAlive(child), 'nothing to be left running');
}

it.each([
  ['tcp', silentTcp],
  ['udp', silentUdp],
])('lab subscribe %s:// ends at once', async (scheme, silent) => {
  const server = await silent();
  await interrupted(['subscribe', `${scheme}://${HOST}:${server.port}`], server);
});

it('lab record ends at once, and makes no file', async () => {
  const server = await silentTcp();
  const path = join(tmpdir(), `lab-stop-connecting-${process.pid}.ndjson`);
  onTestFinished(() => rmSync(path, { force: true }));
  await interrupted(['record', `tcp://${HOST}:${server.port}`, '-o', path, '--retry'], server);
  expect(() => rmSync(path)).toThrow('ENOENT');
});

it.each([
  ['is tried', 0],
  ['lets some of its subscribers wait', 4],
])('lab run --target ends at once while the server %s', async (_, welcomes) => {
  const server = await silentTcp(welcomes);
  const args = [
    '--target',
    `tcp://${HOST}:${server.port}`,
    '-k',
    'line-json',
    '-c',
    '5',
    '-d',
    '1s',
  ];
  await interrupted(['run', ...args, '--skip-baselines', '--no-save'], server);
});
