/** Clients of the i-th of n processes, i from 0: as even as can be. */
export function share(clients: number, processes: number, index: number): number {
  return Math.floor(clients / processes) + (index < clients % processes ? 1 : 0);
}
