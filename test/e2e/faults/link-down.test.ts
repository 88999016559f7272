/**
 * The link to a client goes down and nobody closes anything: it is found out in a limited time,
 * also where neither side says anything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TransportListenOptions } from '../../../src/transports/registry.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { TestBed, until } from '../../support/conformance/transport-support.js';
import { FarLink, whyNoFarLink } from '../../support/net/far-link.js';
import { upgradeText } from '../../support/net/raw-ws.js';

const LIMITS = { stallMs: 500, pongTimeoutMs: 500, pingMs: 50, graceMs: 20, heartbeatMs: 50 };
/** Two keep-alive periods: had one been answered by nobody, it would show. */
const UP_MS = 1_500;

interface Case {
  readonly what: string;
  readonly transport: string;
  readonly says: string;
  readonly listen?: Partial<TransportListenOptions>;
  readonly counted: 'silent' | 'unreachable';
}

const ASKS = upgradeText('/?codec=line-json');
const CASES: readonly Case[] = [
  { what: 'TCP, with heartbeats', transport: 'tcp', says: '{}\n', counted: 'unreachable' },
  // Nothing is ever sent: only the system's own question can tell.
  { what: 'TCP, bare, on a silent feed', transport: 'tcp', says: '', counted: 'unreachable' },
  { what: 'WebSocket', transport: 'ws', says: ASKS, counted: 'silent' },
  {
    what: 'WebSocket that is not pinged',
    transport: 'ws',
    says: ASKS,
    listen: { heartbeatMs: 60_000, pongTimeoutMs: 3_600_000 },
    counted: 'unreachable',
  },
];

/** A client that answers pings and is otherwise quiet. */
function client(host: string, port: number, says: string): string {
  return `{
    const s = require('node:net').connect(${port}, '${host}', () => s.write(${JSON.stringify(says)}));
    s.on('data', (d) => {
      if (d.includes('\\x89\\0', 0, 'latin1')) s.write(Buffer.from('8a8000000000', 'hex'));
    });
    s.on('error', () => {});
  }`;
}

const reason = whyNoFarLink();

describe('clients whose link goes down', () => {
  const law = 'are found out over every transport, with data under way or without';
  if (reason !== undefined) {
    it.skip(`${law} (skipped: ${reason})`, () => {});
    return;
  }

  it(law, async () => {
    const link = FarLink.open();
    const beds: TestBed[] = [];
    for (const { transport, listen } of CASES) {
      const options = { listen: { ...LIMITS, host: link.host, ...listen } };
      beds.push(await TestBed.open(await loadTransport(transport), 'line-json', options));
    }
    const clients = beds.map(({ server }, i) =>
      client(link.host, server.endpoint.port, CASES[i]!.says),
    );
    link.run(`${clients.join('\n')} setInterval(() => {}, 1_000);`);
    await until(
      () => beds.every(({ server }) => server.counters.accepted === 1),
      'the subscriptions',
    );
    await sleep(UP_MS);
    const ended = (): string[] =>
      beds.flatMap(({ server: { counters } }, i) => (counters.ended > 0 ? [CASES[i]!.what] : []));
    expect(ended(), 'as long as the link is up').toEqual([]);
    link.cut();
    await until(
      () => ended().length === CASES.length,
      () => `all to be noticed; only ${ended().join(', ')} were`,
    );
    for (const [i, { server, broadcast }] of beds.entries()) {
      const { what, counted } = CASES[i]!;
      expect([server.counters[counted], broadcast.counters.clients], what).toEqual([1, 0]);
    }
  });
});
