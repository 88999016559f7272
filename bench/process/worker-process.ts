import { type ChildProcess, fork } from 'node:child_process';
import { startTimer, type Timer } from '../../src/core/timer.js';
import { hintBeside, LabError, type SerializedLabError } from '../../src/errors.js';
import { forkFolder } from '../../src/process/fork-folder.js';
import { workerPath } from '../../src/process/worker-path.js';

/** How much of a worker's stderr is kept for the report of its death. */
const STDERR_BYTES = 4_096;
const EXIT_GRACE_MS = 3_000;

export interface WorkerOptions {
  /** For its own Node. */
  readonly nodeOptions?: readonly string[];
  /** Gives the command line that runs another one elsewhere, as in a network namespace. */
  readonly enter?: ((command: readonly string[]) => string[]) | undefined;
  /** In a process group of its own: what kills that of this process leaves it to see that. */
  readonly isApart?: boolean;
}

type Envelope = { readonly type: string };

/**
 * A forked worker process, spoken to over IPC. Its death fails everybody who waits for it; `stop`
 * leaves nothing running. `In`: what it is told. `Out`: what it says.
 */
export class WorkerHandle<In extends Envelope, Out extends Envelope> {
  readonly name: string;
  /** Rejects when the worker dies or reports an error; never resolves. */
  readonly died: Promise<never>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #waiters = new Set<{
    readonly type: string;
    resolve(message: Out): void;
    reject(error: LabError): void;
  }>();
  readonly #listeners: ((message: Out) => void)[] = [];
  #stderr = '';
  #failure: LabError | undefined;
  #reject: (error: LabError) => void = () => {};

  /** `script`: its path in the build. */
  constructor(
    name: string,
    script: string,
    { nodeOptions = [], enter, isApart = false }: WorkerOptions = {},
  ) {
    this.name = name;
    const node = [process.execPath, ...nodeOptions];
    const [execPath, ...execArgv] = enter === undefined ? node : enter(node);
    this.#child = fork(workerPath(script), [], {
      execPath,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv,
      cwd: forkFolder(),
      detached: isApart,
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_BYTES);
    });
    this.died = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // Nobody may be listening when it happens; whoever waits still hears of it.
    this.died.catch(() => {});
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#fail(this.#death(code, signal));
        resolve();
      });
      this.#child.once('error', (cause) => {
        this.#fail(
          new LabError(
            'LAB_ERR_WORKER_DIED',
            `the ${name} process could not start: ${cause.message}`,
            {
              cause,
            },
          ),
        );
        resolve();
      });
    });
    this.#child.on('message', (message) => this.#receive(message as Out));
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  tell(message: In): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  onMessage(listener: (message: Out) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * The next message of this type.
   * @throws LAB_ERR_WORKER_DIED, LAB_ERR_WORKER_TIMEOUT, or the error the worker reported
   */
  async expect<T extends Out['type']>(
    type: T,
    timeoutMs: number,
  ): Promise<Extract<Out, { type: T }>> {
    if (this.#failure !== undefined) throw this.#failure;
    let timer: Timer | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const waiter = { type, resolve: resolve as (message: Out) => void, reject };
        this.#waiters.add(waiter);
        timer = startTimer(() => {
          this.#waiters.delete(waiter);
          reject(
            new LabError(
              'LAB_ERR_WORKER_TIMEOUT',
              `the ${this.name} process did not answer '${type}' within ${timeoutMs} ms`,
              {
                hint: 'the machine may be overloaded: lower `clients` or `ratesPerSecond`',
              },
            ),
          );
        }, timeoutMs);
      });
    } finally {
      timer?.cancel();
    }
  }

  /** Asks the worker to close, kills it if it does not, and waits until it is gone. */
  async stop(closeMessage: In): Promise<void> {
    this.tell(closeMessage);
    const timer = setTimeout(() => this.kill(), EXIT_GRACE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #receive(message: Out): void {
    if (message.type === 'error' && 'error' in message) {
      this.#fail(LabError.fromJSON(message.error as SerializedLabError));
      return;
    }
    for (const listener of this.#listeners) listener(message);
    for (const waiter of this.#waiters) {
      if (waiter.type !== message.type) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(message);
    }
  }

  #fail(error: LabError): void {
    this.#failure ??= error;
    this.#reject(this.#failure);
    for (const waiter of this.#waiters) waiter.reject(this.#failure);
    this.#waiters.clear();
  }

  #death(code: number | null, signal: NodeJS.Signals | null): LabError {
    const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
    const said = this.#stderr.trim();
    return new LabError('LAB_ERR_WORKER_DIED', `the ${this.name} process ${how}`, {
      hint: hintOfDeath(code, said),
      // All of it, for --debug: a stack trace is no advice.
      ...(said === '' ? {} : { cause: new Error(said) }),
    });
  }
}

/** What to do about a worker that ended with `code`, and last `said` something on stderr. Pure. */
export function hintOfDeath(code: number | null, said: string): string {
  // What Node says when it may not open a file of the worker's own program.
  const errno = /\bE[MN]FILE\b/.exec(said)?.[0];
  if (errno !== undefined)
    return hintBeside(Object.assign(new Error(errno), { code: errno }), said);
  if (/heap out of memory|Allocation failed/.test(said))
    return 'it ran out of memory: use fewer clients, a lower rate, or a machine with more memory';
  const words = lastWords(said);
  if (words !== '') return `its last words were "${words}": if nobody ended it, report a bug`;
  // It ends of itself when nobody speaks to it any more.
  return code === 0
    ? 'its channel to this process broke: a filter of system calls (seccomp) that refuses recvmsg breaks it'
    : 'it said nothing on stderr; was it killed from outside, or out of memory?';
}

/** At most so much of one line. */
const MOST_WORDS = 160;

/** The line of an error, or the last one that is not of a stack trace. */
function lastWords(said: string): string {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:at |Node\.js v|\d+: 0x|\^+$|[{}]$)/.test(line));
  const words = lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '';
  return words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words;
}

/** A process of one kind, of which there are `count`. */
export function numbered(name: string, index: number, count: number): string {
  return count === 1 ? name : `${name} ${index + 1}`;
}
