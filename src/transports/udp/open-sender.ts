import type { Socket } from 'node:dgram';
import { LabError } from '../../errors.js';
import type { ServerCounters } from '../counters.js';
import { openDescriptor } from '../native/descriptor.js';
import { BatchSender } from './batch-sender.js';
import type { UdpListenOptions } from './options.js';
import { type DatagramSender, DgramSender } from './sender.js';

export interface SenderParts {
  readonly socket: Socket;
  /** The largest datagram. */
  readonly datagramBytes: number;
  readonly counters: ServerCounters;
  readonly onDrain: () => void;
}

/** The sender asked for. @throws LAB_ERR_UDP_SENDER when it is sendmmsg and cannot be */
export async function openSender(
  { udpSender = 'auto', clock }: UdpListenOptions,
  { socket, datagramBytes, counters, onDrain }: SenderParts,
): Promise<DatagramSender> {
  if (udpSender !== 'dgram') {
    try {
      return new BatchSender({
        ...(await openDescriptor(socket)),
        socket,
        clock,
        counters,
        onDrain,
      });
    } catch (error) {
      if (udpSender === 'sendmmsg' || !(error instanceof LabError)) throw error;
    }
  }
  return new DgramSender(socket, datagramBytes, clock, counters, onDrain);
}
