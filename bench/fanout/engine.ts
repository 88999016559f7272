/** How many sends per second the engine delivers to sockets that take all they can get. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkerHandle } from '../worker-handle.js';
import type { EngineSpec, FromEngine, FromEngineClients, ToEngine, ToEngineClients } from './messages.js';

const TIMEOUT_MS = 60_000;
const WARMUP_SHARE = 0.2;

export interface EngineRate {
  /** TCP: writes that the kernel took. UDP: datagrams that were received, as a flood loses some. */
  readonly sendsPerSecond: number;
  /** Mean of one send, headers of ours included. */
  readonly bytesPerSend: number;
}

/** @throws LAB_ERR_* when a worker fails */
export async function engineRate(spec: EngineSpec, durationMs: number): Promise<EngineRate> {
  const server = new WorkerHandle<ToEngine, FromEngine>('engine', 'fanout/engine-server.js');
  const clients = new WorkerHandle<ToEngineClients, FromEngineClients>('clients', 'fanout/engine-clients.js');
  const count = async () => {
    server.tell({ type: 'count' });
    clients.tell({ type: 'count' });
    const [sent, received] = await Promise.all([
      server.expect('counted', TIMEOUT_MS),
      clients.expect('counted', TIMEOUT_MS),
    ]);
    return { sent, received };
  };
  try {
    server.tell({ type: 'listen', spec });
    const { endpoint } = await server.expect('listening', TIMEOUT_MS);
    clients.tell({ type: 'connect', transport: spec.transport, endpoint, clients: spec.clients });
    await clients.expect('ready', TIMEOUT_MS);
    server.tell({ type: 'go' });
    await sleep(durationMs * WARMUP_SHARE);
    const before = await count();
    await sleep(durationMs);
    const after = await count();
    const sends = after.sent.sends - before.sent.sends;
    const perSecond = (units: number, from: number, to: number): number => units / ((to - from) / 1_000);
    return {
      sendsPerSecond:
        spec.transport === 'udp'
          ? perSecond(after.received.reads - before.received.reads, before.received.atMs, after.received.atMs)
          : perSecond(sends, before.sent.atMs, after.sent.atMs),
      bytesPerSend: (after.sent.bytes - before.sent.bytes) / Math.max(1, sends),
    };
  } finally {
    await Promise.all([clients.stop({ type: 'close' }), server.stop({ type: 'close' })]);
  }
}
