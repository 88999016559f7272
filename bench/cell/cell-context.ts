/** What every cell of a run is given. */
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import type { RunConfig } from '../config.js';
import type { RunHooks } from '../events.js';

export interface CellContext {
  readonly anchor: number;
  readonly config: RunConfig;
  /** How many subscriber processes to split the clients among. */
  readonly processes: number;
  /** What moves their bytes. */
  readonly receiver: ClientSockets['name'];
  readonly hooks: RunHooks;
  readonly pingSizeBytes: number;
  /** Options of the server's Node, as for a profile. */
  readonly serverNodeOptions?: readonly string[];
}
