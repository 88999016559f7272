import { describe, expect, it } from 'vitest';
import { JoiningMemory } from '../../../../bench/worker-server/joining-memory.js';
import { FakeClock } from '../../../support/core/fake-clock.js';
import { settled } from '../../../support/source/list-source.js';

const KIB = 1_024;

/** A process whose memory is what `held` says at each reading. */
function rig(held: () => number | null) {
  const clock = new FakeClock();
  const process = { clients: 0, readings: 0 };
  const read = (): number | null => {
    process.readings += 1;
    return held();
  };
  const memory = new JoiningMemory(clock, () => process.clients, 1_000, read);
  const pass = async (ms: number): Promise<void> => {
    for (let i = 0; i < ms; i++) {
      clock.advance(1);
      await settled();
    }
  };
  return { clock, memory, pass, process };
}

/** The values one after the other, and the last one for ever. */
function oneByOne(...values: number[]): () => number {
  return () => (values.length > 1 ? (values.shift() as number) : (values[0] as number));
}

describe('the memory of a server that is joined', () => {
  it('is read once it is still: three times in a row within 64 KiB', async () => {
    const { memory, pass } = rig(
      oneByOne(0, 500 * KIB, 900 * KIB, 910 * KIB, 930 * KIB, 9_999 * KIB),
    );
    const begun = memory.begin();
    await pass(100);
    await begun;
    const ended = memory.end();
    await pass(300);
    expect(await ended).toEqual([
      { clients: 0, bytes: 930 * KIB },
      { clients: 0, bytes: 9_999 * KIB },
    ]);
  });

  it('is read twelve times at most where it never is', async () => {
    let bytes = 0;
    const { memory, pass, process } = rig(() => {
      bytes += 1_000 * KIB;
      return bytes;
    });
    const begun = memory.begin();
    await pass(400);
    await begun;
    expect(process.readings).toBe(12);
    void memory.end();
  });

  it('is read with every tenth of the clients, or more where they join at once', async () => {
    const { clock, memory, pass, process } = rig(() => process.clients * KIB);
    const begun = memory.begin();
    await pass(60);
    await begun;
    for (const clients of [50, 99, 100, 180, 460, 1_000]) {
      process.clients = clients;
      await pass(10);
    }
    const ended = memory.end();
    await pass(60);
    const counts = (await ended)?.map(({ clients }) => clients);
    expect(counts).toEqual([0, 100, 460, 1_000, 1_000]);
    // Nothing goes on looking.
    expect(clock.pending).toBe(0);
  });

  it('is not known when the system stops telling', async () => {
    let told: number | null = 1_000 * KIB;
    const { memory, pass, process } = rig(() => told);
    const begun = memory.begin();
    await pass(60);
    await begun;
    told = null;
    process.clients = 500;
    await pass(10);
    const ended = memory.end();
    await pass(60);
    expect(await ended).toBeNull();
  });
});
