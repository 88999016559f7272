/**
 * Runs that go wrong, each in a way that gives certain reasons. What strikes a run does so at what
 * it reports of itself, so that the fault finds it where it should. Linux only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DEFAULT_CONFIG, type ReceiverChoice } from '../../../bench/config.js';
import type { CellResult } from '../../../bench/result/result.js';
import {
  atPhase,
  beforeTheyConnect,
  cellByCell,
  connectWhenOpen,
  type Fault,
  freePort,
  freezeFor,
  inWindow,
  leaveDescriptors,
  SERVER,
  SUBSCRIBERS,
  signalWorkers,
  workersOf,
} from './faults.js';
import { labRun, SMALL } from './lab-run.js';

type Verdict = CellResult['verdict'];

/** The verdicts of a run that several tests look at: made when the first asks for it. */
export class FaultScenario {
  readonly #make: () => Promise<readonly Verdict[]>;
  #made: Promise<readonly Verdict[]> | undefined;

  constructor(make: () => Promise<readonly Verdict[]>) {
    this.#make = make;
  }

  /** Of the cell with this index. */
  async verdict(cell: number): Promise<Verdict> {
    try {
      this.#made ??= this.#make();
      const verdict = (await this.#made)[cell];
      if (verdict === undefined) throw new Error(`the run has no cell ${cell + 1}`);
      return verdict;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** The next who asks has it made anew. */
  forget(): void {
    this.#made = undefined;
  }
}

/** A scenario for each receiver that a test asks for: what befalls subscribers concerns it. */
function perReceiver(
  make: (receiver: ReceiverChoice) => Promise<readonly Verdict[]>,
): (receiver: ReceiverChoice) => FaultScenario {
  const made = new Map<ReceiverChoice, FaultScenario>();
  return (receiver) => {
    const scenario = made.get(receiver) ?? new FaultScenario(() => make(receiver));
    made.set(receiver, scenario);
    return scenario;
  };
}

/**
 * Over UDP, where the kernel dates each datagram that lies unread: over TCP it keeps one time for
 * all of them.
 */
export const stalled: (receiver: ReceiverChoice) => FaultScenario = perReceiver((receiver) =>
  verdictsOf(
    {
      receiver,
      transports: ['udp'],
      ratesPerSecond: [200],
      durationsMs: [1_500],
      warmupMs: 200,
      tmaxMs: 10_000,
      subscriberProcesses: 1,
    },
    { onEvent: inWindow(() => freezeFor(SUBSCRIBERS, 700)) },
  ),
);

/**
 * 1.5 MB for each subscriber: more than the socket of one that is stopped holds, so that the server
 * keeps the rest until it reads.
 */
const MUCH = {
  ratesPerSecond: [500],
  sizesBytes: [2_000],
  durationsMs: [1_500],
  warmupMs: 200,
  tmaxMs: 10_000,
  subscriberProcesses: 1,
} as const;

/** Two cells: server stopped, run interrupted. */
export const serverFaults: FaultScenario = new FaultScenario(() => {
  const stop = new AbortController();
  const faults: readonly Fault[] = [
    // Until after the end of the window.
    inWindow(() => freezeFor(SERVER, 1_700)),
    atPhase('measure', () => stop.abort()),
  ];
  return verdictsOf(
    { ...MUCH, repeat: faults.length },
    { stop: stop.signal, onEvent: cellByCell(...faults) },
  );
});

/** Two cells: subscribers stopped, subscribers killed. */
export const subscriberFaults: (receiver: ReceiverChoice) => FaultScenario = perReceiver(
  (receiver) => {
    const faults: readonly Fault[] = [
      notReading(),
      atPhase('measure', () => signalWorkers(SUBSCRIBERS, 'SIGKILL')),
    ];
    return verdictsOf(
      { ...MUCH, receiver, repeat: faults.length },
      { onEvent: cellByCell(...faults) },
    );
  },
);

/**
 * Some 75 MB for a subscriber that stands still: more than its socket, the server's and the log
 * hold together.
 */
export const cutOff: (receiver: ReceiverChoice) => FaultScenario = perReceiver((receiver) =>
  verdictsOf(
    {
      receiver,
      clients: [1],
      ratesPerSecond: [30_000],
      sizesBytes: [2_000],
      policies: ['disconnect'],
      durationsMs: [1_200],
      warmupMs: 0,
      tmaxMs: 10_000,
    },
    { onEvent: notReading() },
  ),
);

/** The subscribers stand still until 0.3 s after everything was published. */
function notReading(): Fault {
  const stopped = atPhase('measure', () => signalWorkers(SUBSCRIBERS, 'SIGSTOP'));
  const released = atPhase('drain', () =>
    setTimeout(() => signalWorkers(SUBSCRIBERS, 'SIGCONT'), 300),
  );
  return (event) => {
    stopped(event);
    released(event);
  };
}

/** More than any kernel is set to grant. */
export const HUGE_BUFFER_BYTES: number = 2 ** 30 - 1;

/** Two cells: one is stopped before its window, six messages are due in that of the other. */
export const small: FaultScenario = new FaultScenario(async () => {
  const stop = new AbortController();
  const stopped = {
    stop: stop.signal,
    onEvent: atPhase('warm-up', () => setImmediate(() => stop.abort())),
  };
  const nothing = await verdictsOf({ warmupMs: 60_000 }, stopped);
  const little = await verdictsOf({
    transports: ['udp'],
    ratesPerSecond: [20],
    durationsMs: [300],
    warmupMs: 200,
    tmaxMs: 1_000,
    transportOptions: {
      ...DEFAULT_CONFIG.transportOptions,
      receiveBufferBytes: HUGE_BUFFER_BYTES,
      sendBufferBytes: HUGE_BUFFER_BYTES,
    },
  });
  return [...nothing, ...little];
});

/**
 * 200 subscribers in one process. Large batches leave the server the time to send more than that
 * can read.
 */
const CROWD = {
  clients: [200],
  sizesBytes: [0],
  flush: '20ms',
  tmaxMs: 100,
  subscriberProcesses: 1,
} as const;

/**
 * Two cells: 2 million deliveries a second, too many to decode; 400,000 messages a second, too many
 * to publish.
 */
export const overloaded: FaultScenario = new FaultScenario(async () => {
  // Long enough for all to be under way on a machine with other things to do.
  const crowd = { ...CROWD, durationsMs: [400], warmupMs: 1_000 };
  const tooManyToDecode = await verdictsOf({ ...crowd, decode: 'full', ratesPerSecond: [10_000] });
  return [...tooManyToDecode, ...(await verdictsOf({ ...crowd, ratesPerSecond: [400_000] }))];
});

/**
 * Nothing to do in the first 50 ms of the window, 3 % of it; from then on too much: 80,000 messages
 * every 450 ms.
 */
export const overloadedLate: FaultScenario = new FaultScenario(() =>
  inFolder((folder) => {
    const file = join(folder, 'late.ndjson');
    writeFileSync(file, recording(80_000, 450_000, 0));
    return verdictsOf({
      ...CROWD,
      source: `replay:${file}`,
      ratesPerSecond: null,
      durationsMs: [1_500],
      warmupMs: 400,
    });
  }),
);

/**
 * Three cells: the server may open too few files; the recording is exchanged under way; the
 * recording is gone.
 */
export const clockFaults: FaultScenario = new FaultScenario(() =>
  inFolder(async (folder) => {
    const file = join(folder, 'changing.ndjson');
    writeFileSync(file, recording(100, 2_000, 2_000));
    const port = await freePort();
    const faults: readonly Fault[] = [
      beforeTheyConnect(() => leaveDescriptors(port, 5)),
      beforeTheyConnect(async () => {
        (await connectWhenOpen(port)).destroy();
        // The server has read it already. The subscribers read of a tenth of its pace: to them all
        // comes early, and most never.
        writeFileSync(file, recording(100, 20_000, 20_000));
      }),
      (event) => {
        if (event.type === 'cell-start') rmSync(file);
      },
    ];
    return await verdictsOf(
      {
        source: `replay:${file}`,
        ratesPerSecond: null,
        durationsMs: [500],
        warmupMs: 0,
        tmaxMs: 300,
        port,
        subscriberProcesses: 1,
        repeat: faults.length,
      },
      { onEvent: cellByCell(...faults) },
    );
  }),
);

/**
 * Two servers, the second of which reads its recording after it was exchanged for one of other
 * prices.
 */
export const divided: FaultScenario = new FaultScenario(() =>
  inFolder(async (folder) => {
    const file = join(folder, 'divided.ndjson');
    const prices = recording(100, 2_000, 2_000);
    writeFileSync(file, prices);
    const port = await freePort();
    const exchange = async (): Promise<void> => {
      // Listening, the first one has read it.
      (await connectWhenOpen(port)).destroy();
      writeFileSync(file, prices.replaceAll('"price":', '"price":9'));
    };
    const onEvent = atPhase('connect', () => {
      const second = workersOf(SERVER)[1] as number;
      process.kill(second, 'SIGSTOP');
      // What fails here shows in the verdict.
      const release = (): boolean => process.kill(second, 'SIGCONT');
      exchange().then(release, release);
    });
    return verdictsOf(
      {
        source: `replay:${file}`,
        ratesPerSecond: null,
        durationsMs: [200],
        warmupMs: 0,
        tmaxMs: 300,
        port,
        shards: 2,
      },
      { onEvent },
    );
  }),
);

let coordinator: ChildProcess | undefined;

/**
 * A server stands still until the coordinator loses its deadlines, 15 s after the deadline: in a
 * process apart, meanwhile.
 */
export const silent: FaultScenario = new FaultScenario(() =>
  inFolder(async (folder) => {
    const runner = new URL('../../../dist/bench/run/runner.js', import.meta.url);
    const file = join(folder, 'silent.mjs');
    writeFileSync(
      file,
      `import { runMatrix } from ${JSON.stringify(runner.href)};
      const never = new AbortController().signal;
      const onEvent = ({ phase }) => { if (phase === 'measure') console.log('measuring'); };
      const config = ${JSON.stringify({ ...SMALL, durationsMs: [3_000], tmaxMs: 10 })};
      const run = await runMatrix(config, { command: '', supplied: [] }, { onEvent, stop: never, kill: never });
      console.log(JSON.stringify(run.cells.map(({ verdict }) => verdict)));`,
    );
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    coordinator = child;
    let last = '';
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === 'measuring') signalWorkers(SERVER, 'SIGSTOP', child.pid);
      last = line;
    }
    return JSON.parse(last) as Verdict[];
  }),
);

/** Ends what `silent` may have left running. */
export function endSilent(): void {
  if (coordinator === undefined || coordinator.exitCode !== null) return;
  // First the stopped one: it could not notice that its coordinator is gone.
  signalWorkers('bench/worker-', 'SIGKILL', coordinator.pid);
  coordinator.kill('SIGKILL');
}

async function verdictsOf(...run: Parameters<typeof labRun>): Promise<Verdict[]> {
  const { cells } = await labRun(...run);
  return cells.map(({ verdict }) => verdict);
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lab-staging-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Rows of a recording: the first at 0, then `count` more from `fromMicros` on, `gapMicros` apart.
 */
function recording(count: number, fromMicros: number, gapMicros: number): string {
  const row = (micros: number, i: number): string =>
    `{"time":${1e15 + micros},"key":"S${i % 50}","price":${i}}\n`;
  const rows = Array.from({ length: count }, (_, i) => row(fromMicros + i * gapMicros, i + 1));
  return row(0, 0) + rows.join('');
}
