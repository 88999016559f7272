import { LabError } from '../../src/errors.js';
import { WorkerHandle } from '../process/worker-process.js';
import { clientAddress, MOST_LINK_CLIENTS, SERVER_ADDRESS } from './addresses.js';
import type { Link, LinkEnd } from './link.js';
import type { LinkBook } from './link-book.js';
import type { LinkSpec } from './link-spec.js';
import type { FromEmulator, ToEmulator } from './messages.js';
import { unpackBook } from './packed-book.js';
import { findLinkMeans, type LinkMeans } from './requirements.js';

const READY_TIMEOUT_MS = 20_000;
const BOOK_TIMEOUT_MS = 20_000;
/** Its main thread goes before all others: it must not wait for helpers that they hold up. */
const EMULATOR_NODE_OPTIONS = ['--single-threaded-gc'];

export interface LinkOptions {
  readonly spec: LinkSpec;
  /** What happens to packet n of a client follows from it. */
  readonly seed: number;
  readonly clients: number;
  /**
   * Programs at the clients' end bind to the address of their client (default); false: who does not
   * is client 0.
   */
  readonly binds?: boolean;
}

/**
 * Starts an emulator and waits until packets pass between its ends.
 * @throws LAB_ERR_LINK_UNAVAILABLE that says what is missing; LAB_ERR_BAD_VALUE,
 * LAB_ERR_FD_LIMIT, LAB_ERR_WORKER_DIED, LAB_ERR_WORKER_TIMEOUT
 */
export async function openLink({ spec, seed, clients, binds = true }: LinkOptions): Promise<Link> {
  if (!(clients >= 1 && clients < MOST_LINK_CLIENTS))
    throw new LabError('LAB_ERR_BAD_VALUE', `clients ${clients} cannot be behind one link`, {
      option: 'clients',
      value: String(clients),
      hint: `a link has addresses for 1 to ${MOST_LINK_CLIENTS - 1} clients`,
    });
  const means = await findLinkMeans();
  const emulator = new WorkerHandle<ToEmulator, FromEmulator>(
    'link emulator',
    'bench/link/emulator/main.js',
    {
      nodeOptions: EMULATOR_NODE_OPTIONS,
      enter: (command) => withRights(means, command),
      isApart: true,
    },
  );
  try {
    // One more than there are clients: for probes.
    emulator.tell({ type: 'open', spec, seed, clients: clients + 1, ip: means.ip, binds });
    const ready = await emulator.expect('ready', READY_TIMEOUT_MS);
    return new EmulatedLink({ spec, seed, clients }, emulator, means, ready);
  } catch (error) {
    await emulator.stop({ type: 'close' });
    throw error;
  }
}

function withRights({ unshare }: LinkMeans, command: readonly string[]): string[] {
  return unshare === undefined
    ? [...command]
    : [unshare, '--user', '--map-root-user', '--', ...command];
}

class EmulatedLink implements Link {
  readonly spec: LinkSpec;
  readonly seed: number;
  readonly startedAt: number;
  readonly serverEnd: LinkEnd;
  readonly clientEnd: LinkEnd;
  readonly serverAddress = SERVER_ADDRESS;
  readonly probeAddress: string;
  readonly probeClient: number;
  readonly closed: Promise<Error | undefined>;
  readonly #clients: number;
  readonly #emulator: WorkerHandle<ToEmulator, FromEmulator>;
  #isClosing = false;

  constructor(
    { spec, seed, clients }: LinkOptions,
    emulator: WorkerHandle<ToEmulator, FromEmulator>,
    means: LinkMeans,
    { pid, serverEnd, clientEnd, startedAt }: Extract<FromEmulator, { readonly type: 'ready' }>,
  ) {
    this.spec = spec;
    this.seed = seed;
    this.startedAt = startedAt;
    this.#clients = clients;
    this.probeAddress = clientAddress(clients);
    this.probeClient = clients;
    this.#emulator = emulator;
    this.serverEnd = { enter: (command) => entered(means, pid, serverEnd, command) };
    this.clientEnd = { enter: (command) => entered(means, pid, clientEnd, command) };
    this.closed = emulator.died.catch((error: Error) => (this.#isClosing ? undefined : error));
  }

  clientAddress(k: number): string {
    if (k >= this.#clients) throw new RangeError(`this link has ${this.#clients} clients`);
    return clientAddress(k);
  }

  async book(): Promise<LinkBook> {
    const answer = this.#emulator.expect('book', BOOK_TIMEOUT_MS);
    this.#emulator.tell({ type: 'book' });
    const { clients, ...book } = unpackBook((await answer).book);
    return { ...book, clients: clients.slice(0, this.#clients) };
  }

  async cpuMicros(): Promise<number> {
    const answer = this.#emulator.expect('cpu', BOOK_TIMEOUT_MS);
    this.#emulator.tell({ type: 'cpu' });
    return (await answer).cpuMicros;
  }

  forgetLateness(): void {
    this.#emulator.tell({ type: 'forget-lateness' });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#emulator.stop({ type: 'close' });
  }
}

/** `nsenter` replaces itself with the command: process id and inherited descriptors stay. */
function entered(
  { nsenter, unshare }: LinkMeans,
  pid: number,
  namespace: number,
  command: readonly string[],
): string[] {
  const user = unshare === undefined ? [] : [`--user=/proc/${pid}/ns/user`];
  return [
    nsenter,
    ...user,
    `--net=/proc/${pid}/fd/${namespace}`,
    '--preserve-credentials',
    '--',
    ...command,
  ];
}
