/**
 * What theory says of redundancy on a path of two states (Gilbert 1960), good and bad: a datagram
 * is lost while the path is bad. `loss`: share lost, 0 to 1; `burst`: mean number lost in a row.
 * With the burst of independent losses, 1 ÷ (1 − loss), the losses are independent.
 */

export interface PathLoss {
  readonly loss: number;
  readonly burst: number;
}

/**
 * How much of the state is left one datagram later: the second eigenvalue of the chain. Not below
 * 0: bursts shorter than those of independent losses are taken for such.
 */
export function memoryOf({ loss, burst }: PathLoss): number {
  const leave = 1 / Math.max(burst, 1);
  const enter = (loss * leave) / (1 - loss);
  return Math.max(0, 1 - leave - enter);
}

/** Datagrams until `share` of the state is left: 1 for independent losses. */
export function datagramsToForget(path: PathLoss, share: number): number {
  const memory = memoryOf(path);
  return memory === 0 ? 1 : Math.max(1, Math.ceil(Math.log(share) / Math.log(memory)));
}

/**
 * Share of the data that is lost for good with one parity over `k` datagrams, all `stride` apart,
 * the parity last: what is lost, less what is the only loss of its block.
 */
export function lossAfterParity(path: PathLoss, k: number, stride: number): number {
  const { loss } = path;
  const kept = memoryOf(path) ** stride;
  const enter = loss * (1 - kept);
  const leave = (1 - loss) * (1 - kept);
  const stay = 1 - enter;
  const firstOnly = loss * leave * stay ** (k - 1);
  const otherOnly = k < 2 ? 0 : (k - 1) * (1 - loss) * enter * leave * stay ** (k - 2);
  return Math.max(0, loss - (firstOnly + otherOnly) / k);
}

/** The same with a copy that is sent so many datagrams behind the original. */
export function lossAfterCopy(path: PathLoss, distance: number): number {
  const { loss } = path;
  return loss * (loss + (1 - loss) * memoryOf(path) ** distance);
}
