/**
 * What a cell is left with when its server is not ours: what nobody but the server knows becomes
 * null. Pure.
 */
import type { CellRecord } from '../cell-record.js';
import { LatencyTotal } from '../record/distribution.js';
import type { CellResult, Distribution } from '../result/result.js';
import { errorOf } from '../workload/clock-offset.js';
import { NO_IP_FIGURES } from './ip-bytes.js';
import { ratio } from './ratio.js';

type Figures = Omit<CellResult, 'verdict'>;

const FOREIGN = 'the server is not the lab’s own';

/** The same figures where the server is ours. */
export function targetFigures(cell: Figures, { server: target, subscribers }: CellRecord): Figures {
  if (target.kind === 'local') return cell;
  const { min, max } = target.offset;
  const known: Figures = {
    ...cell,
    server: {
      kind: 'target',
      url: target.url,
      epochs: [...target.epochs],
      same_machine: target.sameMachine,
      common_clock: target.commonClock,
      clock_correction_us: target.correction,
      latency_error_us:
        target.correction === null ? null : errorOf(target.offset, target.correction),
      clock_offset_us: {
        min: Number.isFinite(min) ? min : null,
        max: Number.isFinite(max) ? max : null,
      },
    },
    size_bytes: null,
    datagrams: cell.datagrams === null ? null : { ...cell.datagrams, sent: null },
    wire: {
      message_bytes: meanBytes(cell),
      bytes_per_delivery: null,
      ...NO_IP_FIGURES,
      messages_per_send: null,
      segments_per_send: null,
      padding_ratio: null,
    },
    rate_ratio: null,
    staleness_us: null,
    staleness_excess_us: null,
    stages_us: {
      schedule: null,
      encode: null,
      queue: null,
      // Where the wire does not tell, it would be the whole service time.
      network:
        target.correction !== null && subscribers.some(({ transit }) => transit.count > 0)
          ? sum(cell.stages_us.network, target.correction)
          : null,
      instrument: cell.stages_us.instrument,
      decode: cell.stages_us.decode,
    },
    verified: null,
    // Of a sender elsewhere the host here counts nothing.
    kernel: target.sameMachine ? cell.kernel : withoutSender(cell.kernel),
    ceiling: { available: false, reason: FOREIGN, messages_per_s: null, ratio: null },
    cpu_us_per_delivery: { ...cell.cpu_us_per_delivery, server: null },
    rss_bytes: {
      ...cell.rss_bytes,
      server: null,
      server_per_client: null,
      server_per_client_error: null,
      server_per_client_reason: FOREIGN,
    },
    sockets: { ...cell.sockets, send_buffer_requested_bytes: null, send_buffer_bytes: null },
  };
  return target.correction !== null ? known : withoutLatencies(known);
}

function sum(stage: number | null, correction: number): number | null {
  return stage === null ? null : stage + correction;
}

/** What the kernel of the sender counts. */
function withoutSender(kernel: Figures['kernel']): Figures['kernel'] {
  return { ...kernel, udp_sndbuf_errors: null, tcp_retransmitted_segments: null };
}

/**
 * What counts from a stamp of the server is of two clocks: only differences of it mean anything.
 * The instrument is of ours alone.
 */
function withoutLatencies(cell: Figures): Figures {
  const none: Distribution = new LatencyTotal().toDistribution();
  return {
    ...cell,
    latency_us: none,
    arrival_us: cell.arrival_us === null ? null : none,
    receipt_us: none,
    service_us: none,
    completion_us: null,
    position_us: null,
    ping_ratio: { ...cell.ping_ratio, p50: null, p99: null },
    series: cell.series.map((second) => ({ ...second, p50_us: null, p99_us: null, max_us: null })),
  };
}

function meanBytes({ goodput }: Figures): number | null {
  const { messages_per_s: messages, bytes_per_s: bytes } = goodput;
  return messages === null || bytes === null ? null : ratio(bytes, messages);
}
