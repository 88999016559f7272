/** How a lease begins to end, and ends. */
import { describe, expect, it } from 'vitest';
import { decodeEnd } from '../../../../../src/transports/datagram/control-packets.js';
import { live, ticks } from '../../../../support/core/lease-rig.js';

describe('an ending lease', () => {
  it('repeats END at 100, 300, 700 and 1,500 ms and gives up after two seconds', () => {
    const parts = live();
    parts.lease.finish();
    expect(parts.sender.take()).toEqual(['end 1']);
    expect(ticks(parts, 5_000)).toEqual([
      '100 end 1',
      '300 end 1',
      '700 end 1',
      '1500 end 1',
      '2000 over',
    ]);
    expect(parts.counters.ended).toBe(1);
  });

  it('names the reason, the id, and what would have come next', () => {
    const { clock, broadcast, sender } = live({ messages: 2, policy: 'disconnect' });
    broadcast.publish('k', 1);
    clock.advance(0);
    sender.take();
    sender.blocked = true;
    for (let i = 0; i < 5; i++) broadcast.publish('k', i);
    sender.blocked = false;
    clock.advance(0);
    expect(decodeEnd(sender.sent[0] as Buffer)).toMatchObject({
      id: Buffer.alloc(8, 7),
      seq: 7,
      dseq: 2,
      reason: 'LAB_ERR_LAGGED',
    });
  });

  it('sends END only after everything that was published', () => {
    const { broadcast, sender, lease } = live();
    broadcast.publish('k', 1);
    sender.blocked = true;
    lease.finish();
    expect(sender.sent).toEqual([]);
    sender.blocked = false;
    broadcast.flush();
    expect(sender.take()).toEqual(['data 1', 'end 2']);
  });

  it('whose first END met a full buffer sends it with the next tick', () => {
    const parts = live();
    parts.sender.blocked = true;
    parts.lease.end('closed');
    parts.sender.blocked = false;
    expect(ticks(parts, 200)).toEqual(['100 end 1', '200 end 1']);
  });
});
