/**
 * The ceiling beside a cell: the bare loop with the clients, the bytes per send and the processes
 * that the cell had.
 */

import type { CellRecord } from '../cell-record.js';
import { type RunConfig, wholeOption } from '../config.js';
import type { RunHooks } from '../events.js';
import { ceilingFigures } from '../figures/ceiling.js';
import { type BareSender, type Ceiling, noCeiling, runCeiling } from '../probe/ceiling/ceiling.js';
import type { CellResult } from '../result/result.js';
import { localServer } from '../result/server.js';
import { CEILING_MS } from './estimate.js';
import { subscriberProcesses } from './subscriber-processes.js';

/**
 * Runs it right after the cell, while the machine is what it was. Never throws; a second Ctrl-C
 * ends it at once, as the first does.
 */
export async function cellCeiling(
  record: CellRecord,
  result: CellResult,
  config: RunConfig,
  hooks: RunHooks,
): Promise<CellResult['ceiling']> {
  return ceilingFigures(
    await measure(record, result, config, hooks),
    result.goodput.messages_per_s,
  );
}

async function measure(
  { joined, servers }: CellRecord,
  result: CellResult,
  config: RunConfig,
  hooks: RunHooks,
): Promise<Ceiling> {
  const { transport, verdict, incomplete, clients } = result;
  const signal = AbortSignal.any([hooks.stop, hooks.kill]);
  if (signal.aborted) return noCeiling('interrupted');
  if (verdict.status === 'INVALID') return noCeiling('not measured, because the cell is INVALID');
  if (incomplete) return noCeiling('interrupted');
  // A WebSocket is a TCP connection: its ceiling is what TCP carries of sends as long, frame
  // headers included.
  const loop = transport === 'ws' ? 'tcp' : transport;
  if (loop !== 'tcp' && loop !== 'udp') return noCeiling(`there is no bare loop of ${transport}`);
  if (config.shards > 1)
    return noCeiling(`the bare loop is one process, the cell had ${config.shards} servers`);
  const { sends, sendBytes, sentMessages } = servers[0]?.counters ?? {
    sends: 0,
    sendBytes: 0,
    sentMessages: 0,
  };
  if (sends === 0) return noCeiling('the cell sent nothing in its window');
  const ceiling = ceilingFigures(noCeiling('interrupted'), null);
  hooks.onEvent({ type: 'cell-measured', result: { ...result, ceiling } });
  hooks.onEvent({ type: 'phase', phase: 'ceiling', joined, clients });
  return runCeiling({
    transport: loop,
    host: config.host,
    clients: joined,
    bytesPerSend: Math.round(sendBytes / sends),
    messagesPerSend: sentMessages / sends,
    durationMs: CEILING_MS,
    processes: subscriberProcesses(config),
    receiveBufferBytes: wholeOption(config, 'receiveBufferBytes'),
    sendBufferBytes: wholeOption(config, 'sendBufferBytes'),
    ...bareSender(result),
    signal,
  });
}

/** That of the cell, with as many datagrams to a send. */
function bareSender(result: CellResult): {
  readonly sender: BareSender;
  readonly segments: number;
} {
  const sender = localServer(result)?.sender;
  const segments = Math.round(result.wire.segments_per_send ?? 1);
  if (sender === 'gso' && segments > 1) return { sender, segments };
  return { sender: sender === 'sendmmsg' || sender === 'gso' ? 'sendmmsg' : 'dgram', segments: 1 };
}
