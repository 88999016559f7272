/**
 * The cells of a result as CSV (RFC 4180): one row per cell and run, for a spreadsheet or a data
 * frame.
 */

import type { CellResult, Distribution, LabResult } from '../../bench/result/result.js';
import type { LocalServer, TargetServer } from '../../bench/result/server.js';

type Field = string | number | boolean | null;
type Column = readonly [name: string, field: (cell: CellResult) => Field];

const ALL = ['min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'] as const;

/**
 * Column order is part of the format: new columns go to the end. Names carry their units, as in the
 * result.
 */
const COLUMNS: readonly Column[] = [
  ['id', (cell) => cell.id],
  ['transport', (cell) => cell.transport],
  ['codec', (cell) => cell.codec],
  ['clients', (cell) => cell.clients],
  ['rate_per_s', (cell) => cell.rate_per_s],
  ['size_bytes', (cell) => cell.size_bytes],
  ['run', (cell) => cell.run],
  ['duration_s', (cell) => cell.duration_s],
  ['warmup_s', (cell) => cell.warmup_s],
  ['verdict', (cell) => cell.verdict.status],
  ['verdict_reasons', (cell) => cell.verdict.reasons.map(({ code }) => code).join(' ')],
  ['incomplete', (cell) => cell.incomplete],
  ['joined', (cell) => cell.joined],
  ['published', (cell) => cell.published],
  ['expected', (cell) => cell.expected],
  ['delivered', (cell) => cell.delivered],
  ['reach', (cell) => cell.reach],
  ['loss_ratio', (cell) => cell.loss_ratio],
  ['lost', (cell) => cell.lost],
  ['duplicates', (cell) => cell.duplicates],
  ['reordered', (cell) => cell.reordered],
  ['late', (cell) => cell.late],
  ['corrupt', (cell) => cell.corrupt],
  ['goodput_messages_per_s', (cell) => cell.goodput.messages_per_s],
  ['goodput_bytes_per_s', (cell) => cell.goodput.bytes_per_s],
  ['rate_ratio', (cell) => cell.rate_ratio],
  ['latency_count', (cell) => cell.latency_us.count],
  ['latency_negative', (cell) => cell.latency_us.negative],
  ['latency_overflow', (cell) => cell.latency_us.overflow],
  ['latency_min_us', (cell) => cell.latency_us.min],
  ['latency_mean_us', (cell) => cell.latency_us.mean],
  ['latency_p50_us', (cell) => cell.latency_us.p50],
  ['latency_p90_us', (cell) => cell.latency_us.p90],
  ['latency_p99_us', (cell) => cell.latency_us.p99],
  ['latency_p999_us', (cell) => cell.latency_us.p999],
  ['latency_max_us', (cell) => cell.latency_us.max],
  ['schedule_lag_p50_us', ofLocal(({ schedule_lag_us }) => schedule_lag_us.p50)],
  ['schedule_lag_p99_us', ofLocal(({ schedule_lag_us }) => schedule_lag_us.p99)],
  ['schedule_lag_max_us', ofLocal(({ schedule_lag_us }) => schedule_lag_us.max)],
  ['ping_reference', (cell) => cell.ping.reference],
  ['ping_reference_rtt_p50_us', (cell) => cell.ping.reference_rtt_us?.p50 ?? null],
  ['ping_reference_rtt_max_us', (cell) => cell.ping.reference_rtt_us?.max ?? null],
  ['ping_under_load_rtt_p50_us', (cell) => cell.ping.under_load.rtt_us?.p50 ?? null],
  ['ping_under_load_rtt_max_us', (cell) => cell.ping.under_load.rtt_us?.max ?? null],
  ['ping_ratio_p50', (cell) => cell.ping_ratio.p50],
  ['ping_ratio_p99', (cell) => cell.ping_ratio.p99],
  ['server_cpu_us_per_delivery', (cell) => cell.cpu_us_per_delivery.server],
  ['clients_cpu_us_per_delivery', (cell) => cell.cpu_us_per_delivery.clients],
  ['server_rss_bytes', (cell) => cell.rss_bytes.server],
  ['clients_rss_bytes', (cell) => cell.rss_bytes.clients],
  ['message_bytes', (cell) => cell.wire.message_bytes],
  ['wire_bytes_per_delivery', (cell) => cell.wire.bytes_per_delivery],
  ['messages_per_send', (cell) => cell.wire.messages_per_send],
  ['ledger_send_errors', (cell) => cell.ledger.send_errors],
  ['ledger_dropped_by_policy', (cell) => cell.ledger.dropped_by_policy],
  ['ledger_conflated', (cell) => cell.ledger.conflated],
  ['ledger_kernel_receive_drops', (cell) => cell.ledger.kernel_receive_drops],
  ['ledger_unattributed', (cell) => cell.ledger.unattributed],
  ['ledger_balanced', (cell) => cell.ledger.balanced],
  ['flush', ofLocal(({ flush }) => flush)],
  ['sender', ofLocal(({ sender }) => sender)],
  ['decode', (cell) => cell.decode],
  ['policy', ofLocal(({ policy }) => policy)],
  ['feed_sha256', ofLocal(({ feed_sha256 }) => feed_sha256)],
  ...times('service', ALL, (cell) => cell.service_us),
  ['complete', (cell) => cell.complete],
  ...times(
    'completion',
    ['mean', 'p50', 'p90', 'p99', 'p999', 'max'],
    (cell) => cell.completion_us,
  ),
  ...times('skew', ['p50', 'p99', 'max'], (cell) => cell.skew_us),
  ['staleness_count', (cell) => cell.staleness_us?.count ?? null],
  ...times('staleness', ['mean', 'p50', 'p90', 'p99', 'p999', 'max'], (cell) => cell.staleness_us),
  ['jitter_p50_us', (cell) => cell.jitter_us?.p50 ?? null],
  ['jitter_p99_us', (cell) => cell.jitter_us?.p99 ?? null],
  ['jitter_max_us', (cell) => cell.jitter_us?.max ?? null],
  ...times('ipdv', ['p50', 'p99', 'max'], (cell) => cell.ipdv_us),
  ['pdv_p50_us', (cell) => cell.pdv_us.p50],
  ['pdv_p99_us', (cell) => cell.pdv_us.p99],
  ['pdv_p999_us', (cell) => cell.pdv_us.p999],
  ['reordering_ratio', (cell) => cell.reordering.ratio],
  ['reordering_extent_max', (cell) => cell.reordering.extent_max],
  ['reordering_extent_mean', (cell) => cell.reordering.extent_mean],
  ['reordering_n1', (cell) => cell.reordering.n_reordered.n1],
  ['reordering_n2', (cell) => cell.reordering.n_reordered.n2],
  ['reordering_n3', (cell) => cell.reordering.n_reordered.n3],
  ['position_first_tenth_us', (cell) => cell.position_us?.[0] ?? null],
  ['position_last_tenth_us', (cell) => cell.position_us?.at(-1) ?? null],
  ['stage_schedule_us', (cell) => cell.stages_us.schedule],
  ['stage_encode_us', (cell) => cell.stages_us.encode],
  ['stage_queue_us', (cell) => cell.stages_us.queue],
  ['stage_network_us', (cell) => cell.stages_us.network],
  ['stage_decode_us', (cell) => cell.stages_us.decode],
  ['verified', (cell) => cell.verified],
  ['kernel_udp_rcvbuf_errors', (cell) => cell.kernel.udp_rcvbuf_errors],
  ['kernel_udp_sndbuf_errors', (cell) => cell.kernel.udp_sndbuf_errors],
  ['kernel_udp_in_errors', (cell) => cell.kernel.udp_in_errors],
  ['kernel_tcp_retransmitted_segments', (cell) => cell.kernel.tcp_retransmitted_segments],
  ['ceiling_messages_per_s', (cell) => cell.ceiling.messages_per_s],
  ['ceiling_ratio', (cell) => cell.ceiling.ratio],
  ['ledger_subscribers_unbalanced', (cell) => cell.ledger.subscribers_unbalanced],
  ['server_processes', ofLocal(({ use }) => use?.processes ?? null)],
  ['server_rss_per_client_bytes', (cell) => cell.rss_bytes.server_per_client],
  ['target', ofTarget(({ url }) => url)],
  ['target_common_clock', ofTarget(({ common_clock }) => common_clock)],
  ['target_clock_offset_min_us', ofTarget(({ clock_offset_us }) => clock_offset_us.min)],
  ['target_clock_offset_max_us', ofTarget(({ clock_offset_us }) => clock_offset_us.max)],
  ['ledger_network', (cell) => cell.ledger.network_lost],
  ['latency_at', (cell) => cell.latency_at],
  ['unstamped', (cell) => cell.unstamped],
  ['undated', (cell) => cell.undated],
  ...times('arrival', ALL, (cell) => cell.arrival_us),
  ...times('receipt', ALL, (cell) => cell.receipt_us),
  ...times('instrument', ALL, (cell) => cell.instrument_us),
  ['instrument_negative', (cell) => cell.instrument_us?.negative ?? null],
  ['stage_instrument_us', (cell) => cell.stages_us.instrument],
  ['receiver', (cell) => cell.receiver],
  ['wire_ip_bytes_per_delivery', (cell) => cell.wire.ip_bytes_per_delivery],
  ['wire_ip_bytes_source', (cell) => cell.wire.ip_bytes_source],
  ['cpu_busy_cores', (cell) => cell.kernel.cpu_busy_cores],
  ['cpu_pressure_ratio', (cell) => cell.kernel.cpu_pressure_ratio],
  ['cpu_throttled_periods_ratio', (cell) => cell.kernel.cpu_throttled?.periods_ratio ?? null],
  ['staleness_excess_mean_us', (cell) => cell.staleness_excess_us?.mean ?? null],
  ['staleness_excess_p99_us', (cell) => cell.staleness_excess_us?.p99 ?? null],
  ['target_clock_correction_us', ofTarget((server) => server.clock_correction_us)],
  ['target_latency_error_us', ofTarget((server) => server.latency_error_us)],
  ['target_epochs', ofTarget(({ epochs }) => epochs?.join(' ') ?? null)],
  ['segments_per_send', (cell) => cell.wire.segments_per_send],
  ['server_rss_per_client_error_bytes', (cell) => cell.rss_bytes.server_per_client_error],
  ['link', (cell) => cell.link],
  ['link_down_packets', ofLink(({ down }) => down.packets)],
  ['link_down_lost', ofLink(({ down }) => down.lost)],
  ['link_down_overflow', ofLink(({ down }) => down.overflow)],
  ['link_down_outage', ofLink(({ down }) => down.outage)],
  ['link_dropped_datagrams', ofLink(({ dropped_datagrams }) => dropped_datagrams)],
  ['link_dropped_messages', ofLink(({ dropped_messages }) => dropped_messages)],
  ['link_dropped_segments', ofLink(({ dropped_segments }) => dropped_segments)],
  ['link_lateness_p99_us', ofLink(({ lateness_us }) => lateness_us.p99)],
  ['repair', ofLocal(({ repair }) => repair)],
  ['repaired', (cell) => cell.repairs?.repaired ?? null],
  ['repair_p50_us', (cell) => cell.repairs?.repair_us.p50 ?? null],
  ['repair_p99_us', (cell) => cell.repairs?.repair_us.p99 ?? null],
  ['repairs_spurious', (cell) => cell.repairs?.spurious ?? null],
  ['repairs_futile', (cell) => cell.repairs?.futile ?? null],
  ['repairs_gone', (cell) => cell.repairs?.gone ?? null],
  ['repairs_withheld', (cell) => cell.repairs?.withheld ?? null],
  ['repair_naks', (cell) => cell.repairs?.naks ?? null],
  ['repair_sent_bytes', (cell) => cell.repairs?.sent_bytes ?? null],
  ['repair_overhead', (cell) => cell.repairs?.overhead ?? null],
  ['repairs_late', (cell) => cell.repairs?.late ?? null],
  ['repairs_superseded', (cell) => cell.repairs?.superseded ?? null],
  ['repair_redundancy_received', (cell) => cell.repairs?.redundancy?.received ?? null],
  ['repair_redundancy_used', (cell) => cell.repairs?.redundancy?.used ?? null],
  ['repair_redundancy_unused', (cell) => cell.repairs?.redundancy?.unused ?? null],
  ['repair_redundancy_superseded', (cell) => cell.repairs?.redundancy?.superseded ?? null],
  ['congestion', ofLocal(({ congestion }) => congestion)],
  ['congestion_control', (cell) => cell.sockets.congestion_control],
];

function ofLocal(of: (server: LocalServer) => Field): Column[1] {
  return (cell) => {
    const { server } = cell;
    return server.kind === 'local' ? of(server) : null;
  };
}

function ofTarget(of: (server: TargetServer) => Field): Column[1] {
  return (cell) => {
    const { server } = cell;
    return server.kind === 'target' ? of(server) : null;
  };
}

function ofLink(of: (counts: NonNullable<CellResult['link_counts']>) => Field): Column[1] {
  return ({ link_counts: counts }) => (counts === null ? null : of(counts));
}

/** `service_p50_us`, …: some figures of a distribution, all empty where there is none. */
function times(
  name: string,
  figures: readonly ('min' | 'mean' | 'p50' | 'p90' | 'p99' | 'p999' | 'max')[],
  of: (cell: CellResult) => Distribution | null,
): Column[] {
  return figures.map((figure) => [`${name}_${figure}_us`, (cell) => of(cell)?.[figure] ?? null]);
}

/**
 * A header and a row per cell, CRLF line ends, null as an empty field. Numbers are exact, never
 * rounded for reading.
 */
export function renderCsv(result: LabResult): string {
  const rows = [
    COLUMNS.map(([name]) => name),
    ...result.cells.map((cell) => COLUMNS.map(([, field]) => csvField(field(cell)))),
  ];
  return rows.map((row) => `${row.join(',')}\r\n`).join('');
}

/**
 * RFC 4180 section 2: quoted when it holds a comma, a quote or a line break; quotes are doubled.
 */
function csvField(value: Field): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
