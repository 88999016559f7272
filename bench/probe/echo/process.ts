import { type ChildProcess, fork } from 'node:child_process';
import { forkFolder } from '../../../src/process/fork-folder.js';
import { workerPath } from '../../../src/process/worker-path.js';
import type { EchoClientRole, EchoReply, EchoServerRole, Exchanged } from './roles.js';

const START_LIMIT_MS = 10_000;
const EXIT_LIMIT_MS = 1_000;

/** A forked end of an echo. It ends when told to, when killed, or when this process is gone. */
export class EchoProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #reply: Promise<EchoReply>;

  /** @throws LAB_ERR_INTERNAL when the lab is not built */
  constructor(role: EchoClientRole | EchoServerRole) {
    const child = fork(workerPath('bench/probe/echo/worker.js'), [JSON.stringify(role)], {
      execArgv: [],
      cwd: forkFolder(),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => child.pid === undefined && resolve());
    });
    this.#reply = new Promise((resolve) => {
      child.once('message', (reply: EchoReply) => resolve(reply));
      child.on('error', (error) => resolve({ error: error.message }));
      child.once('exit', (code, signal) =>
        resolve({ error: `its ${role.kind} ended at once (${signal ?? `exit code ${code}`})` }),
      );
    });
  }

  /** Of a server: where it listens. */
  async port(): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<EchoReply>((resolve) => {
      const error = `its server did not start within ${START_LIMIT_MS} ms`;
      timer = setTimeout(() => resolve({ error }), START_LIMIT_MS);
    });
    const reply = await Promise.race([this.#reply, late]);
    clearTimeout(timer);
    if ('port' in reply) return reply.port;
    throw new Error('error' in reply ? reply.error : 'its server is a client');
  }

  /** Of a client: what it measured, when it is done or, soon after, `signal` is aborted. */
  async exchanged(signal: AbortSignal | undefined): Promise<Exchanged> {
    const stop = (): void => {
      if (this.#child.connected) this.#child.send('stop');
    };
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    const reply = await this.#reply;
    signal?.removeEventListener('abort', stop);
    if ('exchanged' in reply) return reply.exchanged;
    throw new Error('error' in reply ? reply.error : 'its client is a server');
  }

  /** Resolves when the process is gone. */
  async end(): Promise<void> {
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), EXIT_LIMIT_MS);
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
    clearTimeout(kill);
  }
}
