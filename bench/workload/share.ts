/**
 * Which shard serves client `client` (from 0) of a cell: in turn, so that every shard has its
 * `share` whatever the subscriber processes.
 */
export function shardOf(client: number, shards: number): number {
  return client % shards;
}

/** Clients of the i-th of n processes, i from 0: as even as can be. */
export function share(clients: number, processes: number, index: number): number {
  return Math.floor(clients / processes) + (index < clients % processes ? 1 : 0);
}
