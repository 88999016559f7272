import { describe, expect, it } from 'vitest';
import { memoryPerClient } from '../../../../bench/figures/client-memory.js';
import type { HeldReading } from '../../../../bench/ipc/server.js';
import { cellRecord, serverReport } from '../../../support/result/cell-record.js';

type Readings = readonly HeldReading[] | null;

function perClient(joined: number, ...held: Readings[]): ReturnType<typeof memoryPerClient> {
  const servers = held.map((readings) => serverReport({ held: readings }));
  return memoryPerClient(cellRecord({ joined, servers }));
}

/** Readings of a server of 60 MB after steps of (clients, bytes). */
function readings(...steps: readonly (readonly [number, number])[]): HeldReading[] {
  let at: HeldReading = { clients: 0, bytes: 60_000_000 };
  const all = [at];
  for (const [clients, bytes] of steps) {
    at = { clients: at.clients + clients, bytes: at.bytes + bytes };
    all.push(at);
  }
  return all;
}

const evenly = (steps: number, clients: number, bytes: number): HeldReading[] =>
  readings(...Array.from({ length: steps }, () => [clients, bytes] as const));

describe('the memory of an idle client', () => {
  it('is what all servers hold more than before, over the clients', () => {
    expect(perClient(1_000, evenly(10, 100, 700_000))).toEqual({
      server_per_client: 7_000,
      server_per_client_error: 0,
      server_per_client_reason: null,
    });
    const two = perClient(1_000, evenly(5, 100, 700_000), evenly(5, 100, 500_000));
    expect(two.server_per_client).toBe(6_000);
  });

  it('has the noise of its steps: Student, 95 %, by hand', () => {
    // For 100 clients each: 500, 700, 600, 800, 400 kB. Their mean is 600, their deviations are
    // 100, 100, 0, 200, 200: s = √(100,000 ÷ 4) = 158.11 kB, s ÷ √5 = 70.711 kB. t(0.975; 4) =
    // 2.7764, so 196.3 kB for 100 clients.
    const steps = [500, 700, 600, 800, 400].map((kB) => [200, 2_000 * kB] as const);
    const { server_per_client: bytes, server_per_client_error: error } = perClient(
      1_000,
      readings(...steps),
    );
    expect(bytes).toBe(6_000);
    expect(error! / 1_963.2).toBeCloseTo(1, 2);
  });

  it('weighs steps by their clients, as they differ', () => {
    // 100, 300, 100, 200, 300 clients: 1,000 in all, 6,000 kB. Residuals from 6 kB each: 100, −100,
    // −100, 200, −100 kB; √(5 ÷ 4 · 80,000) = 316.23 kB, times 2.7764 is 878.0 kB for 1,000
    // clients.
    const { server_per_client: bytes, server_per_client_error: error } = perClient(
      1_000,
      readings(
        [100, 700_000],
        [300, 1_700_000],
        [100, 500_000],
        [200, 1_400_000],
        [300, 1_700_000],
      ),
    );
    expect(bytes).toBe(6_000);
    expect(error! / 878).toBeCloseTo(1, 2);
  });

  it.each([
    [9, 2.2622],
    [19, 2.093],
    [99, 1.9842],
  ])('takes the quantile of Student for %i degrees of freedom from the tables', (df, t) => {
    // Residuals of +1 and −1 byte a client: s² = n ÷ (n − 1) in steps of one client.
    const n = df + 1;
    const steps = Array.from(
      { length: n },
      (_, i) => [100, 600_000 + (i % 2 ? 1 : -1) * 1_000] as const,
    );
    const { server_per_client_error: error } = perClient(n * 100, readings(...steps));
    expect(error! / ((t * 10) / Math.sqrt(n - 1))).toBeCloseTo(1, 3);
  });

  it.each<[string, string, number, Readings[]]>([
    ['with fewer than 1,000 clients', 'fewer than 1,000 clients', 999, [evenly(10, 100, 700_000)]],
    ['when it did not grow', 'did not grow', 1_000, [evenly(10, 100, -1)]],
    ['when one server cannot be read', 'could not be read', 1_000, [evenly(10, 100, 1), null]],
    ['when no server left a report', 'left no report', 1_000, []],
    ['of four steps', 'often enough', 1_000, [evenly(4, 250, 700_000)]],
    [
      'when the noise exceeds it',
      'it cannot be told from the noise: 1.0 kB ± 2.3 kB a client',
      1_000,
      // One leap of 1 MB: t(9) · 1 MB ÷ 1,000.
      [readings(...Array.from({ length: 10 }, (_, i) => [100, i === 4 ? 1_000_000 : 0] as const))],
    ],
  ])('is not stated %s', (_, reason, joined, held) => {
    expect(perClient(joined, ...held)).toEqual({
      server_per_client: null,
      server_per_client_error: null,
      server_per_client_reason: expect.stringContaining(reason),
    });
  });
});
