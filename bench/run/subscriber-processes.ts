import { availableParallelism } from 'node:os';
import type { RunConfig } from '../config.js';

/**
 * Deliveries per second that a process receives with half a core: 4 µs each at 100 messages/s over
 * native sockets, a good part of it the kernel's, and 7 to 9 over Node's. Where several come in one
 * read each costs less.
 */
const NATIVE_PER_PROCESS = 125_000;
const NODE_PER_PROCESS = 50_000;
/** What a recording comes to that keeps its own pace is not known. */
const USUAL_RATE = 100;

/**
 * Subscriber processes a run uses: as configured, else as many as its largest cell keeps half busy,
 * but no more than there are cores that no server process takes. Over Node's sockets, whose own
 * delay is part of every latency, two share the cores with the server rather than one.
 */
export function subscriberProcesses(
  config: Pick<
    RunConfig,
    'subscriberProcesses' | 'shards' | 'clients' | 'ratesPerSecond' | 'receiver'
  >,
  cores = availableParallelism(),
): number {
  if (config.subscriberProcesses > 0) return config.subscriberProcesses;
  const isNative = config.receiver === 'native' || config.receiver === 'virtual';
  const rates = config.ratesPerSecond ?? [USUAL_RATE];
  const deliveries = Math.max(...config.clients) * Math.max(...rates);
  const wanted = Math.ceil(deliveries / (isNative ? NATIVE_PER_PROCESS : NODE_PER_PROCESS));
  const most = Math.max(isNative ? 1 : Math.min(2, cores), cores - config.shards);
  return Math.min(Math.max(1, wanted), most);
}
