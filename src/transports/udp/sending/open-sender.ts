import type { Socket } from 'node:dgram';
import { LabError } from '../../../errors.js';
import type { ServerCounters } from '../../counters.js';
import { type Descriptor, openDescriptor } from '../../native/descriptor.js';
import { unavailable } from '../../native/native.js';
import { canSegment, mostSegments } from '../../native/segments.js';
import type { UdpListenOptions, UdpSender } from '../options.js';
import { BatchSender } from './batch-sender.js';
import { type DatagramSender, DgramSender } from './sender.js';

export interface SenderParts {
  readonly socket: Socket;
  /** The largest datagram. */
  readonly datagramBytes: number;
  readonly counters: ServerCounters;
  readonly onDrain: () => void;
}

/**
 * The sender asked for; `auto` is the best there is.
 * @throws LAB_ERR_UDP_SENDER when it is sendmmsg or gso and cannot be
 */
export async function openSender(
  { udpSender = 'auto', clock }: UdpListenOptions,
  { socket, datagramBytes, counters, onDrain }: SenderParts,
): Promise<DatagramSender> {
  if (udpSender === 'dgram')
    return new DgramSender(socket, datagramBytes, clock, counters, onDrain);
  try {
    const descriptor = await openDescriptor(socket);
    const segments = udpSender === 'sendmmsg' ? 1 : segmentsOf(descriptor, datagramBytes);
    if (segments === 1 && udpSender === 'gso')
      throw unavailable('the kernel does not segment UDP datagrams (Linux does since 4.18)');
    return new BatchSender({ ...descriptor, socket, clock, counters, onDrain, segments });
  } catch (error) {
    if (udpSender !== 'auto' || !(error instanceof LabError)) throw asAsked(error, udpSender);
    return new DgramSender(socket, datagramBytes, clock, counters, onDrain);
  }
}

function segmentsOf({ native, fd }: Descriptor, datagramBytes: number): number {
  return canSegment(native, fd) ? mostSegments(datagramBytes) : 1;
}

/** The same error, of the sender that was asked for. */
export function asAsked(error: unknown, udpSender: UdpSender): unknown {
  if (!(error instanceof LabError) || error.code !== 'LAB_ERR_UDP_SENDER') return error;
  const reason = error.message.slice(error.message.indexOf(': ') + 2);
  return unavailable(reason, error.cause, udpSender);
}
