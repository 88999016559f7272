import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LoopClock } from '../../../support/core/fake-clock.js';
import { startServer, until } from '../../../support/net/udp-rig.js';

const LEASE_MS = 150;
/** Node reads some 32 datagrams in a turn of the event loop. */
const CLIENTS = 100;

it('a lease is judged after the REPORTs in the socket have been read, however many turns that takes', async () => {
  const clock = new LoopClock();
  const rig = await startServer({ clock, leaseMs: LEASE_MS });
  await Promise.all(Array.from({ length: CLIENTS }, () => rig.connect()));
  const { received } = rig.server.packets!;
  await until('all have reported', () => received.report >= CLIENTS);
  // Longer than a client waits between two REPORTs: all of them are due in the next turn.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LEASE_MS);
  clock.spend(2 * LEASE_MS * 1_000);
  clock.advance(0);
  for (let turn = 0; turn < 50; turn++) await setImmediate();
  expect(rig.server.counters).toMatchObject({ accepted: CLIENTS, silent: 0, ended: 0 });
});

it('a client reports often enough for a lease that is short', async () => {
  const rig = await startServer({ leaseMs: 500 });
  const { subscription } = await rig.connect();
  const { received } = rig.server.packets!;
  const began = Date.now();
  await until('two leases are over', () => Date.now() - began > 1_000);
  expect(received.report).toBeGreaterThanOrEqual(5);
  expect(rig.server.counters.silent).toBe(0);
  await subscription.close();
});
