/** What a V8 CPU profile says about where the time went. Pure. */

/** The part of the Chrome DevTools protocol's `Profiler.Profile` that is used. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  /** The node on top of the stack at each sample, and µs since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  /** `flush src/transports/tcp/connection.js:62`; code of Node or V8 by its name. */
  readonly name: string;
  /** Share of the time in which there was something to do, 0 to 1. */
  readonly share: number;
}

/**
 * Self time of each function, the largest share first. Time in which the process waited is none of
 * it: `(idle)` is set aside. `(program)` is native code that the profiler cannot name: system calls
 * above all.
 */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const nameById = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const micros = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, i) => {
    const name = nameById.get(id) ?? '(unknown)';
    const spent = Math.max(0, timeDeltas[i] ?? 0);
    if (name === '(idle)') return;
    busy += spent;
    micros.set(name, (micros.get(name) ?? 0) + spent);
  });
  return [...micros]
    .map(([name, spent]) => ({ name, share: busy === 0 ? 0 : spent / busy }))
    .sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1));
}

function nameOf({
  functionName,
  url,
  lineNumber,
}: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const path = url.replace(/^file:\/\//, '').replace(/^.*\/(?=(?:src|bench|node_modules)\/)/, '');
  return `${name} ${path}:${lineNumber + 1}`;
}
