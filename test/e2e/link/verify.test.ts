/** Probes see of a real link what it was asked to do, and only that. */
import { describe, expect, it } from 'vitest';
import type { Link } from '../../../bench/link/link.js';
import type { LinkSpec } from '../../../bench/link/link-spec.js';
import type { LinkCheck } from '../../../bench/link/verify/check.js';
import { verifyLink } from '../../../bench/link/verify/verify.js';
import { openTestLink, whyNoLink } from '../../support/link/link-rig.js';
import { specOf } from '../../support/link/seen-link.js';

const reason = await whyNoLink();

/** What does not depend on how busy this machine is. */
function failed(checks: readonly LinkCheck[]): string[] {
  return checks
    .filter(({ ok, isTiming }) => !ok && !isTiming)
    .map(({ direction, what }) => `${direction} ${what}`);
}

/** Asked for something else than it does. */
function askedFor(spec: LinkSpec, link: Link): Link {
  const { seed, startedAt, probeClient, probeAddress, serverAddress, clientEnd, serverEnd } = link;
  return {
    ...{ spec, seed, startedAt, probeClient, probeAddress, serverAddress, clientEnd, serverEnd },
    clientAddress: (k) => link.clientAddress(k),
    book: () => link.book(),
    cpuMicros: () => link.cpuMicros(),
    forgetLateness: () => link.forgetLateness(),
    close: () => link.close(),
    closed: link.closed,
  };
}

describe.skipIf(reason !== undefined)(
  `a link that is looked at${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    it.each([
      'delay=2ms/loss=5%/burst=3/dup=2%/corrupt=3%',
      'delay=5ms/jitter=2ms/reorder=5%/up.loss=every:10/down.loss=list:1,2,3,50',
    ])('has the fates that seed and number decide: %s', async (text) => {
      const link = await openTestLink(specOf(text));
      const { checks } = await verifyLink(link);
      expect(failed(checks)).toEqual([]);
      const { clients, strangers, lateness } = await link.book();
      expect(lateness.count).toBe(0);
      const packets = clients.map(({ up, down }) => up.packets + down.packets);
      expect([...packets, strangers.packets]).toEqual([0, 0, 0, 0]);
    });

    it('is refused where it loses half of what it was asked to, and where a packet is not its delay on its way', async () => {
      const link = await openTestLink(specOf('delay=10ms/loss=5%'));
      const asked = askedFor(specOf('delay=20ms/loss=10%'), link);
      const { checks, passed } = await verifyLink(asked);
      expect(passed).toBe(false);
      const fates = 'packets of another fate than decided';
      expect(failed(checks)).toEqual(expect.arrayContaining([`up ${fates}`, `down ${fates}`]));
      const early = checks.filter(({ ok, what }) => !ok && what === 'delay p50');
      expect(early.map(({ direction }) => direction)).toEqual(['up', 'down']);
    });
  },
);
