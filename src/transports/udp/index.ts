import { loadNative } from '../native/native.js';
import type { Transport } from '../transport.js';
import { connect } from './client/client.js';
import type { UdpListenOptions } from './options.js';
import { asAsked } from './sending/open-sender.js';
import { listen } from './server/listen.js';

/**
 * Datagrams of whole messages, never delayed, and repeated only for who asks: what is lost is counted. See
 * docs/design/protocol-udp.md.
 */
export const udp: Transport = { name: 'udp', reliable: false, check, listen, connect };

/**
 * Whether the kernel segments shows on a socket only.
 * @throws LAB_ERR_UDP_SENDER when sendmmsg or gso is asked for and cannot be
 */
async function check({ udpSender = 'auto' }: Partial<UdpListenOptions>): Promise<void> {
  if (udpSender === 'auto' || udpSender === 'dgram') return;
  await loadNative().catch((error: unknown) => {
    throw asAsked(error, udpSender);
  });
}
