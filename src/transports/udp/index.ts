import { loadNative } from '../native/native.js';
import type { Transport } from '../transport.js';
import { connect } from './client.js';
import type { UdpListenOptions } from './options.js';
import { listen } from './server.js';

/**
 * Datagrams of whole messages, never repeated and never delayed: what is lost is counted. See
 * docs/design/protocol-udp.md.
 */
export const udp: Transport = { name: 'udp', reliable: false, check, listen, connect };

/** @throws LAB_ERR_UDP_SENDER when sendmmsg is asked for and cannot be */
async function check({ udpSender }: Partial<UdpListenOptions>): Promise<void> {
  if (udpSender === 'sendmmsg') await loadNative();
}
