import { loadTcpOptions } from '../native/tcp-options.js';
import { congestionError } from './congestion.js';
import type { StreamListenOptions } from './options.js';

/**
 * What is known of the options of a server of connections before it listens.
 * @throws LAB_ERR_CONGESTION when the congestion control that is asked for cannot be
 */
export async function checkCongestion({ congestion }: Partial<StreamListenOptions>): Promise<void> {
  if (congestion === undefined) return;
  const problem = (await loadTcpOptions()).refusesCongestionControl(congestion);
  if (problem !== undefined) throw await congestionError(congestion, problem);
}
