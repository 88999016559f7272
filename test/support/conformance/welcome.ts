import type { Codec } from '../../../src/codecs/codec.js';
import type { Welcome } from '../../../src/core/message.js';

/** What a script that plays a server begins with. */
export function welcomeIn(codec: Pick<Codec, 'name'>): Welcome {
  return {
    control: 'welcome',
    protocol: 1,
    codec: codec.name,
    epoch: '0123456789abcdef',
    next: 1,
    oldest: 1,
    snapshot: 0,
    heartbeat_ms: 1_000,
  };
}
