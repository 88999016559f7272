import { describe, expect, it } from 'vitest';
import { lab } from '../../support/cli/lab.js';

const QUICK = ['ceiling', '-c', '3', '-b', '100', '-d', '100ms'];

describe('lab ceiling', () => {
  it('has a row for each way to send, with what was sent and what arrived', async () => {
    const { code, stdout } = await lab([...QUICK, '--json']);
    const { ceilings } = JSON.parse(stdout) as { ceilings: Record<string, unknown>[] };
    expect(code).toBe(0);
    expect(ceilings.map(({ transport, sender }) => `${transport} ${sender}`)).toEqual([
      'tcp socket.write',
      'udp dgram',
      'udp sendmmsg',
      'udp gso',
    ]);
    for (const {
      transport,
      available,
      reason,
      sends_per_s,
      sent_per_s,
      clients,
      bytes_per_send,
    } of ceilings) {
      expect({ clients, bytes_per_send }).toEqual({ clients: 3, bytes_per_send: 100 });
      // Without koffi there is no sendmmsg, and the row says why.
      if (available === false) expect(reason).toMatch(/sendmmsg|gso/);
      else expect(sends_per_s).toBeGreaterThan(0);
      // All that is written over TCP arrives.
      if (transport === 'tcp') expect(sent_per_s).toBeNull();
      else if (available === true) expect(sent_per_s).toBeGreaterThanOrEqual(Number(sends_per_s));
    }
  });

  it('prints a table, and refuses what is not a load', async () => {
    const { stdout } = await lab([...QUICK, '-t', 'tcp']);
    expect(stdout).toMatch(/tcp socket\.write +3 +100 B/);
    const { code, stderr } = await lab([...QUICK, '-t', 'ws']);
    expect([code, stderr.split('\n')[0]]).toEqual([
      2,
      "lab: LAB_ERR_UNKNOWN_TRANSPORT: -t/--transport 'ws' is not known",
    ]);
  });
});
