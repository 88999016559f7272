/**
 * The systems that are compared, each with its stock settings on a loopback port. Wires: NATS client
 * protocol (docs.nats.io), RESP2 (redis.io).
 */
import { fileURLToPath } from 'node:url';
import type { Wire } from './messages.js';

const SUBJECT = 'feed';
const LAB = fileURLToPath(new URL('../../../bin/lab.js', import.meta.url));

export interface System {
  readonly name: string;
  readonly wire: Wire;
  /** The command of its server; `rate` and `size` only where it publishes by itself. */
  command(port: number, rate: number, sizeBytes: number): readonly [string, ...string[]];
}

const redisArray = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

export const SYSTEMS: readonly System[] = [
  {
    name: 'lab serve (tcp)',
    wire: { subscribe: '{}\n' },
    command: (port, rate, size) => [
      process.execPath,
      ...[LAB, 'serve', '--transport', 'tcp', '--port', String(port), '--codec', 'line-json'],
      ...['--rate', String(rate), '--size', String(size), '--http-port', '0'],
    ],
  },
  {
    name: 'NATS',
    wire: {
      subscribe: `CONNECT {"verbose":false,"pedantic":false}\r\nSUB ${SUBJECT} 1\r\n`,
      hello: 'CONNECT {"verbose":false,"pedantic":false}\r\n',
      before: (bytes) => `PUB ${SUBJECT} ${bytes}\r\n`,
      after: '\r\n',
    },
    command: (port) => ['nats-server', '--addr', '127.0.0.1', '--port', String(port)],
  },
  {
    name: 'Redis',
    wire: {
      subscribe: redisArray('SUBSCRIBE', SUBJECT),
      hello: '',
      before: (bytes) => `*3\r\n$7\r\nPUBLISH\r\n$${SUBJECT.length}\r\n${SUBJECT}\r\n$${bytes}\r\n`,
      after: '\r\n',
    },
    command: (port) => [
      'redis-server',
      ...['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    ],
  },
];

/** @throws where there is none of this name */
export function systemNamed(name: string): System {
  const system = SYSTEMS.find((one) => one.name === name);
  if (system === undefined) throw new Error(`no system ${name}`);
  return system;
}
