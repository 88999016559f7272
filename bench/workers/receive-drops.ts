import type { Subscription } from '../../src/transports/transport.js';
import { udpInodeDrops, udpSocketDrops } from '../baseline/kernel.js';
import type { BenchSubscriber } from './subscriber.js';

/**
 * Under what the kernel's count of a subscriber's own socket is kept: its port, which it has for itself, or the inode of its socket where
 * it shares the port with others (a multicast group), of its own process and of the next.
 */
export function dropsKey(subscription: Subscription | undefined): number {
  return subscription?.socketInode ?? subscription?.localPort ?? 0;
}

/** Datagrams the kernel dropped at the sockets of these subscribers, by `dropsKey`; null where it cannot be told for each of them. */
export async function receiveDrops(
  subscribers: readonly BenchSubscriber[],
  multicast: boolean,
): Promise<Map<number, number> | null> {
  const keys = new Set(subscribers.map(({ subscription }) => dropsKey(subscription)));
  if (!multicast) return udpSocketDrops(keys);
  const drops = await udpInodeDrops(keys);
  // Whose socket is not found for certain would be said to have dropped nothing. One that was cut has none any more.
  const found = subscribers.every(
    ({ subscription, cut }) => cut !== undefined || drops?.has(subscription?.socketInode ?? Number.NaN),
  );
  return found && keys.size === subscribers.length ? drops : null;
}
