/** Runs a whole matrix: preflight, baselines, cell after cell, one result. */
import { createAnchor } from '../src/core/clock.js';
import { loadTransport } from '../src/transports/registry.js';
import { labVersion } from '../src/version.js';
import { measureBaselines } from './baseline/baselines.js';
import { runCell } from './cell.js';
import { cellResult } from './cell-result.js';
import { captureEnvironment } from './environment.js';
import type { RunHooks } from './events.js';
import { estimateSeconds, planCells, type RunConfig } from './plan.js';
import { preflight, subscriberProcesses } from './preflight.js';
import {
  type Baselines,
  type CellResult,
  type EffectiveConfig,
  type LabResult,
  RESULT_SCHEMA,
} from './result.js';

export interface RunContext {
  /** The command that reproduces the run, seed included. */
  readonly command: string;
  /** Options as the user gave them. */
  readonly supplied: readonly string[];
}

/**
 * Measures every cell of the matrix in turn. Never leaves a process behind.
 * @throws what `preflight` throws; LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN; what `hooks.kill` was aborted with
 */
export async function runMatrix(config: RunConfig, context: RunContext, hooks: RunHooks): Promise<LabResult> {
  const cells = planCells(config);
  const probe = await preflight(config);
  const startedAt = new Date();
  // Before the load, which would otherwise be in the load average.
  const environment = await captureEnvironment();
  hooks.onEvent({ type: 'start', cells, estimateSeconds: estimateSeconds(config, cells) });
  // A replay without padding has no size of its own: its mean stands for it.
  const sizeOf = (sizeBytes: number): number => (sizeBytes > 0 ? sizeBytes : probe.meanValueBytes);
  const baselines = new Map<number, Baselines>();
  const baselineHooks = { ...hooks, stop: AbortSignal.any([hooks.stop, hooks.kill]) };
  for (const size of new Set(config.sizesBytes.map(sizeOf))) {
    if (!baselineHooks.stop.aborted || baselines.size === 0) {
      baselines.set(size, await measureBaselines(config.host, size, baselineHooks));
    }
  }
  const anchor = createAnchor();
  const results: CellResult[] = [];
  for (const [index, plan] of cells.entries()) {
    hooks.kill.throwIfAborted();
    if (hooks.stop.aborted) break;
    hooks.onEvent({ type: 'cell-start', index, total: cells.length, cell: plan });
    const sizeBytes = sizeOf(plan.sizeBytes);
    const record = await runCell(plan, {
      anchor,
      config,
      hooks,
      processes: subscriberProcesses(config),
      pingSizeBytes: sizeBytes,
    });
    const { reliable } = await loadTransport(plan.transport);
    const result = cellResult(record, {
      config,
      reliable,
      bufferFactor: process.platform === 'linux' ? 2 : 1,
      sizeBytes,
      baselines: baselines.get(sizeBytes) as Baselines,
    });
    results.push(result);
    hooks.onEvent({ type: 'cell-end', index, total: cells.length, result });
  }
  hooks.kill.throwIfAborted();
  const [first, ...others] = [...baselines.values()];
  return {
    schema: RESULT_SCHEMA,
    tool: { name: 'streampulse-lab', version: labVersion() },
    startedAt: startedAt.toISOString(),
    duration_s: (Date.now() - startedAt.getTime()) / 1_000,
    command: context.command,
    seed: config.seed,
    incomplete: results.length < cells.length || results.some(({ incomplete }) => incomplete),
    config: { supplied: [...context.supplied], effective: effectiveConfig(config) },
    environment,
    baselines: first as Baselines,
    baselines_other_sizes: others,
    cells: results,
  };
}

function effectiveConfig(config: RunConfig): EffectiveConfig {
  return {
    transports: [...config.transports],
    codecs: [...config.codecs],
    clients: [...config.clients],
    rates_per_s: config.ratesPerSecond === null ? null : [...config.ratesPerSecond],
    sizes_bytes: [...config.sizesBytes],
    durations_s: config.durationsMs.map((ms) => ms / 1_000),
    warmup_s: config.warmupMs / 1_000,
    repeat: config.repeat,
    seed: config.seed,
    source: config.source,
    speed: config.speed,
    symbols: config.symbols,
    flush: config.flush,
    policy: config.policy,
    host: config.host,
    port: config.port,
    datagram_bytes: config.datagramBytes,
    receive_buffer_bytes: config.receiveBufferBytes,
    send_buffer_bytes: config.sendBufferBytes,
    tmax_s: config.tmaxMs / 1_000,
    subscriber_processes: subscriberProcesses(config),
  };
}

export { preflight } from './preflight.js';
