/** `lab link exec SPEC -- COMMAND`: a program at the clients' end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Link } from '../../bench/link/link.js';
import type { FateCounts } from '../../bench/link/link-book.js';
import type { LinkSpec } from '../../bench/link/link-spec.js';
import { killIn, namespaceOf } from '../../bench/link/namespace.js';
import { refuseUnverified } from '../../bench/link/verify/judge.js';
import { formatInteger, formatPercent } from '../../reports/format.js';
import { note } from '../output.js';
import { Behind, FORWARDED } from './behind.js';
import { withVerifiedLink } from './opened.js';

const SETTLE_MS = 50;
const MOST_LOOKS = 40;

/** @returns the exit code of the command, 128 + n when signal n ended it */
export async function execBehind(
  spec: LinkSpec,
  seed: number,
  command: readonly string[],
  server: string | undefined,
): Promise<number> {
  let ends: readonly string[] = [];
  let isInterrupted = false;
  // A signal is the command's: this process goes on, and ends after it with all that is there.
  const onSignal = (): void => {
    isInterrupted = true;
  };
  try {
    return await withVerifiedLink({ spec, seed, clients: 1, binds: false }, async (link, found) => {
      refuseUnverified(found);
      for (const signal of FORWARDED) process.on(signal, onSignal);
      ends = [link.serverEnd, link.clientEnd].map(namespaceOf);
      const behind = new Behind(link);
      try {
        if (server !== undefined) await behind.serve(server, () => isInterrupted);
        return await behind.run(command);
      } finally {
        await behind.stop();
        if (behind.hasRun) await tell(link);
      }
    });
  } finally {
    killIn(ends);
    for (const signal of FORWARDED) process.off(signal, onSignal);
  }
}

/** On stderr: stdout is the command's. */
async function tell(link: Link): Promise<void> {
  let [client] = (await link.book()).clients;
  for (let looks = 0; looks < MOST_LOOKS && client !== undefined; looks++) {
    if (onTheWay(client.up) + onTheWay(client.down) === 0) break;
    await sleep(SETTLE_MS);
    [client] = (await link.book()).clients;
  }
  if (client === undefined) return;
  note(`lab: link ${link.spec.name}`);
  note(`  up:   ${countsText(client.up)}`);
  note(`  down: ${countsText(client.down)}`);
}

function onTheWay({ packets, delivered, lost, overflow, outage, noRoom }: FateCounts): number {
  return packets - delivered - lost - overflow - outage - noRoom;
}

function countsText(counts: FateCounts): string {
  const { packets, bytes, deliveredBytes } = counts;
  const parts = (
    ['lost', 'overflow', 'outage', 'noRoom', 'duplicated', 'reordered', 'corrupted'] as const
  )
    .filter((name) => counts[name] > 0)
    .map(
      (name) => `${formatInteger(counts[name])} ${name} (${formatPercent(counts[name] / packets)})`,
    );
  return [
    `${formatInteger(packets)} packets, ${formatInteger(bytes)} bytes, ${formatInteger(deliveredBytes)} of them delivered`,
    ...parts,
  ].join(', ');
}
