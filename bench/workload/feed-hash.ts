import { createHash } from 'node:crypto';
import type { SourceItem } from '../../src/sources/source.js';
import { canonical } from './feed-plan.js';

/** Messages hashed before the event loop gets a turn: whoever waits must still be heard. */
const IN_A_TURN = 1_000;

/**
 * SHA-256 (hex) over the canonical form of the first `messages` items of a feed: its `feed_sha256`.
 * It takes about as long as planning the feed did, and is for when nothing is measured any more.
 * @throws what the source throws
 */
export async function hashFeed(feed: AsyncIterable<SourceItem>, messages: number): Promise<string> {
  const hash = createHash('sha256');
  const items = feed[Symbol.asyncIterator]();
  for (let n = 0; n < messages; n++) {
    const { done, value } = await items.next();
    if (done === true) break;
    hash.update(canonical(value));
    if (n % IN_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return hash.digest('hex');
}
