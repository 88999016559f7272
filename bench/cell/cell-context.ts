/** What every cell of a run is given. */
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import type { RunConfig } from '../config.js';
import type { RunHooks } from '../events.js';
import type { Link } from '../link/link.js';

export interface CellContext {
  readonly anchor: number;
  readonly config: RunConfig;
  /** How many subscriber processes to split the clients among. */
  readonly processes: number;
  /** What moves their bytes. */
  readonly receiver: ClientSockets['name'];
  readonly hooks: RunHooks;
  readonly pingSizeBytes: number;
  /** Between its clients and its server; null = none. */
  readonly link: Link | null;
  /** Options of the server's Node, as for a profile. */
  readonly serverNodeOptions?: readonly string[];
}
