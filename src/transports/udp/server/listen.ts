import type { Broadcast } from '../../../core/broadcast.js';
import { LabError } from '../../../errors.js';
import { newServerCounters } from '../../counters.js';
import { datagramSize } from '../../datagram/size.js';
import { HEADER_BYTES } from '../../datagram/wire.js';
import { listenError } from '../../end.js';
import { localAddress, unspecifiedFamily } from '../../host.js';
import type { TransportServer } from '../../transport.js';
import type { UdpListenOptions } from '../options.js';
import { asRedundancy } from '../redundancy/redundancy.js';
import { reservedBytes } from '../redundancy/sending/new-sender.js';
import { type ChannelParts, openOneAddress, type UdpPort } from './channel.js';
import { UdpServer } from './server.js';
import { WildcardPort } from './wildcard-port.js';

/** @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN, LAB_ERR_BAD_VALUE, LAB_ERR_UDP_SENDER */
export async function listen(
  broadcast: Broadcast,
  options: UdpListenOptions,
): Promise<TransportServer> {
  const datagramBytes = datagramSize(options);
  const counters = newServerCounters();
  const onDrain = (): void => broadcast.requestFlush();
  const port = await openPort({ options, datagramBytes, counters, onDrain });
  const payloadBytes = datagramBytes - HEADER_BYTES - reservedBytes(asRedundancy(options.repair));
  broadcast.limitMessageBytes(payloadBytes, `a UDP datagram of ${datagramBytes} bytes`);
  return new UdpServer(broadcast, options, port, counters, payloadBytes);
}

async function openPort(parts: ChannelParts): Promise<UdpPort> {
  const { host, port } = parts.options;
  try {
    // dgram would bind port 70000 as 4464.
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
      throw new Error('there is no such port');
    const ip = await localAddress(host);
    const every = unspecifiedFamily(ip);
    return await (every === undefined
      ? openOneAddress(parts, ip)
      : WildcardPort.open(parts, every));
  } catch (cause) {
    throw cause instanceof LabError
      ? cause
      : listenError(cause as NodeJS.ErrnoException, host, port);
  }
}
