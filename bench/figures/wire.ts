/** What went into the sockets, and how. Pure. */
import { isIPv6 } from 'node:net';
import { REPORT_BYTES } from '../../src/transports/datagram/control-packets.js';
import type { CellRecord } from '../cell-record.js';
import type { RunConfig } from '../config.js';
import type { KeptLedger } from '../result/ledger.js';
import type { CellResult } from '../result/result.js';
import { ipFigures, linkIpFigures, NO_IP_FIGURES } from './ip-bytes.js';
import { linkBytes } from './link.js';
import { ratio } from './ratio.js';
import type { MergedServers } from './shards.js';

/** `reached`: subscribers that each send is for. */
export function wireFigures(
  server: MergedServers | null,
  ledger: KeptLedger,
  reached: number,
  record: CellRecord,
  { reliable, config }: { readonly reliable: boolean; readonly config: RunConfig },
): Omit<CellResult['wire'], 'segments_per_send' | 'padding_ratio'> {
  if (server === null)
    return {
      message_bytes: null,
      bytes_per_delivery: null,
      ...NO_IP_FIGURES,
      messages_per_send: null,
    };
  const { sends, sendBytes, sentMessages } = server.counters;
  const perSent = ratio(sendBytes, sentMessages);
  // Not simply what was sent in the window: a batch may carry messages of the warm-up. Nor all that
  // was due: the rest may never have left a server in arrears.
  const sent = Math.min(
    sentMessages,
    (ledger.expected - ledger.dropped_by_policy - ledger.conflated) / Math.max(1, reached),
  );
  const sentPerDelivery = ratio(sent, ledger.delivered);
  const handed = perSent === null || sentPerDelivery === null ? null : perSent * sentPerDelivery;
  const bytesPerSend = ratio(sendBytes, sends);
  const bytesOnLink = linkBytes(record);
  return {
    message_bytes: server.meanMessageBytes,
    bytes_per_delivery: handed,
    ...(bytesOnLink === null
      ? ipFigures(handed, bytesPerSend, server.traffic, record.ip, {
          reliable,
          joined: record.joined,
          ipv6: isIPv6(config.host),
          pingBytes: record.ping.size_bytes,
          reportBytes: REPORT_BYTES,
        })
      : linkIpFigures(handed, bytesPerSend, server.traffic, bytesOnLink)),
    messages_per_send: ratio(sentMessages, sends),
  };
}

/** What became of datagrams on their way into the kernel. */
export function segmentFigures(
  server: MergedServers | null,
  reliable: boolean,
): Pick<CellResult['wire'], 'segments_per_send' | 'padding_ratio'> {
  if (server === null || reliable) return { segments_per_send: null, padding_ratio: null };
  const { sends, sendBytes, paddingBytes, coalescedSends, coalescedDatagrams } = server.counters;
  return {
    segments_per_send: ratio(sends, sends - coalescedDatagrams + coalescedSends),
    padding_ratio: ratio(paddingBytes, sendBytes),
  };
}

export function senderFigures(
  { server }: CellRecord,
  merged: MergedServers | null,
): { readonly sender: string; readonly segmentation_refused: number | null } {
  const sender = (server.kind === 'local' ? server.sender : null) ?? 'none';
  const refused = merged?.segmentationRefused ?? 0;
  return { sender, segmentation_refused: sender === 'gso' || refused > 0 ? refused : null };
}
