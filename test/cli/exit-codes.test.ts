import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exitCodeOf } from '../../cli/exit-codes.js';
import { type ErrorCode, LabError } from '../../src/errors.js';
import { labEach } from '../support/cli/lab-batch.js';

/** The URL of a TCP server that says this to everybody, and nothing else. */
async function saying(text: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.write(text);
  });
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return urlOf(server);
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return `tcp://127.0.0.1:${address.port}`;
}

const refusing = (reason: string): string => `${JSON.stringify({ control: 'end', reason })}\n`;

/** What a peer can say, and the error that it makes; null: there is none. */
const PEERS: readonly (readonly [ErrorCode, string | null])[] = [
  ['LAB_ERR_CONNECT', null],
  ['LAB_ERR_MALFORMED', 'HTTP/1.1 400 Bad Request\r\n'],
  // Again and again: a stream that had begun before the request came.
  ['LAB_ERR_CONNECT_TIMEOUT', '{"seq":1,"time":1,"key":"k","value":1}\n'],
  ['LAB_ERR_MAX_CLIENTS', refusing('LAB_ERR_MAX_CLIENTS')],
  ['LAB_ERR_BAD_REQUEST', refusing('LAB_ERR_BAD_REQUEST')],
  ['LAB_ERR_UNKNOWN_CODEC', refusing('LAB_ERR_UNKNOWN_CODEC')],
];

const COMMANDS: readonly (readonly [string, (url: string) => string[]])[] = [
  ['subscribe', (url) => ['subscribe', url]],
  ['run --target', (url) => ['run', '--target', url, '-k', 'line-json', '--no-save', '-q']],
];

describe('a command that ends with an error', () => {
  it.each(COMMANDS)(
    'has the exit code that the documentation gives that error: lab %s',
    async (_name, args) => {
      const urls = await Promise.all(
        PEERS.map(([, text]) => (text === null ? 'tcp://127.0.0.1:1' : saying(text))),
      );
      const finished = await labEach(urls.map(args));
      const met = PEERS.map(([code], i) => {
        const { stderr, code: exit } = finished[i]!;
        return { code, said: /LAB_ERR_\w+/.exec(stderr)?.[0], exit };
      });
      expect(met).toEqual(
        met.map(({ code }) => ({ code, said: code, exit: exitCodeOf(new LabError(code, '')) })),
      );
    },
  );
});
