import { Random, seedState } from '../../../src/random.js';

/** Chances of a two-state path, one packet to the next. */
export interface Chain {
  /** From good to bad, and from bad to good. */
  readonly enter: number;
  readonly leave: number;
  /** Share of the packets that is lost. */
  readonly loss: number;
}

/** `burst`: mean number of losses in a row; undefined = independent losses. */
export function chainOf(loss: number, burst?: number): Chain {
  if (burst === undefined) return { enter: loss, leave: 1 - loss, loss };
  return { enter: loss / (1 - loss) / burst, leave: 1 / burst, loss };
}

/** Says of each packet whether it is lost; it begins in the long run of the chain. */
export function gilbertPath({ enter, leave, loss }: Chain, seed: number): () => boolean {
  const random = new Random(seedState(seed));
  const chance = (): number => random.nextUint32() / 2 ** 32;
  let isBad = chance() < loss;
  return () => {
    const lost = isBad;
    isBad = isBad ? chance() >= leave : chance() < enter;
    return lost;
  };
}

type Matrix = readonly [readonly [number, number], readonly [number, number]];

/** From state to state (0 = good, 1 = bad) in so many packets, step by step. */
export function after({ enter, leave }: Chain, packets: number): Matrix {
  let found: Matrix = [
    [1, 0],
    [0, 1],
  ];
  const step = (row: readonly [number, number]): readonly [number, number] => [
    row[0] * (1 - enter) + row[1] * leave,
    row[0] * enter + row[1] * (1 - leave),
  ];
  for (let i = 0; i < packets; i++) found = [step(found[0]), step(found[1])];
  return found;
}

/**
 * Expected share of `data` packets lost where a block, those and one more, can do without one of
 * them: by summing over all histories of the block, packet by packet. They are `stride` apart.
 */
export function shareLostOfBlock(chain: Chain, data: number, stride: number): number {
  const step = after(chain, stride);
  // By the state, and by how much is lost so far: nothing, one of the data, the other one, more;
  // how likely it is, and the data lost, weighted with it.
  type Cell = { chance: number; data: number };
  const empty = (): Cell[][] => [0, 1].map(() => [0, 1, 2].map(() => ({ chance: 0, data: 0 })));
  let at = empty();
  at[0]![0]!.chance = 1 - chain.loss;
  at[1]![0]!.chance = chain.loss;
  for (let packet = 0; packet <= data; packet++) {
    const next = empty();
    for (const state of [0, 1] as const) {
      for (const lost of [0, 1, 2]) {
        const { chance, data: dataLost } = at[state]![lost]!;
        const now = state === 1 ? Math.min(2, lost + 1) : lost;
        const more = state === 1 && packet < data ? chance : 0;
        for (const to of [0, 1] as const) {
          const cell = next[to]![now]!;
          cell.chance += chance * step[state][to];
          cell.data += (dataLost + more) * step[state][to];
        }
      }
    }
    at = next;
  }
  return (at[0]![2]!.data + at[1]![2]!.data) / data;
}
