/**
 * UDP segmentation offload on real paths: one that segments, one whose MTU is too small for a
 * datagram, and one that becomes so in the middle of a run. The lab runs in a network namespace of
 * its own, whose loopback device has the MTU.
 */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { LabResult } from '../../../bench/result/result.js';
import { localServer } from '../../../bench/result/server.js';
import { loadNative } from '../../../src/transports/native/native.js';
import { lab } from '../../support/cli/lab.js';

const able = await loadNative().then(
  () => canUnshare(),
  () => false,
);

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const CLIENTS = 3;
// 20 ms of 3,000 messages/s are some six datagrams.
const LOAD = ['-t', 'udp', '-k', 'line-json', '-c', `${CLIENTS}`, '-r', '3k', '--flush', '20ms'];
const SHORT = ['-w', '500ms', '--skip-baselines', '--json'];

/** The cell of a run behind `link`, a command line that sets up the loopback device. */
async function cellBehind(link: string, duration = '1s') {
  const through = ['unshare', '-n', 'sh', '-c', `${link} exec "$0" "$@"`];
  const { stdout } = await lab(['run', ...LOAD, ...SHORT, '-d', duration], { through });
  const { cells } = JSON.parse(stdout) as LabResult;
  const [cell] = cells;
  if (cell === undefined) throw new Error('no cell was run');
  const { sender, segmentation_refused: refused } = localServer(cell) ?? {};
  return { cell, sender, refused };
}

describe.skipIf(!able)('a run over UDP', () => {
  it('has the kernel segment where it does, every message delivered once and nothing malformed', async () => {
    const { cell, sender, refused } = await cellBehind('ip link set lo up;');
    expect({ sender, refused, lost: cell.lost, duplicates: cell.duplicates }).toEqual({
      sender: 'gso',
      refused: 0,
      lost: 0,
      duplicates: 0,
    });
    expect(cell.ledger).toMatchObject({ balanced: true, unattributed: 0 });
    expect(cell.delivered).toBe(cell.expected);
    expect(cell.wire.segments_per_send).toBeGreaterThan(2);
    expect(cell.wire.padding_ratio).toBeLessThan(1 / 8);
    // Ten or eleven messages of a hundred bytes fit a datagram.
    expect(cell.wire.messages_per_send).toBeGreaterThan(8);
  });

  it('on a path that does not segment sends every datagram singly, and says so', async () => {
    const { cell, sender, refused } = await cellBehind('ip link set lo mtu 1000 up;');
    expect({ sender, refused, lost: cell.lost, duplicates: cell.duplicates }).toEqual({
      sender: 'sendmmsg',
      refused: CLIENTS,
      lost: 0,
      duplicates: 0,
    });
    expect(cell.wire).toMatchObject({ segments_per_send: 1, padding_ratio: 0 });
    expect(cell.ledger.send_errors).toBe(0);
  });

  it('whose path ceases to segment loses and repeats nothing', async () => {
    const change = '(sleep 2; ip link set lo mtu 1000) & ip link set lo up;';
    const { cell, refused } = await cellBehind(change, '3s');
    expect({ refused, lost: cell.lost, duplicates: cell.duplicates }).toEqual({
      refused: CLIENTS,
      lost: 0,
      duplicates: 0,
    });
    expect(cell.ledger).toMatchObject({ balanced: true, send_errors: 0 });
  });
});
