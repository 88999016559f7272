import { WorkerHandle } from '../../process/worker-process.js';
import type { LinkEnd } from '../link.js';
import type { FromProbe, Received, Sent, ToProbe } from './messages.js';
import type { ProbePlan } from './plan.js';

const START_TIMEOUT_MS = 20_000;
/** Beside what it takes by its plan. */
const PATIENCE_MS = 20_000;

/** The probe at one end. */
export class ProbeProcess {
  readonly #worker: WorkerHandle<ToProbe, FromProbe>;
  readonly #address: string;
  readonly #peer: string;
  readonly #plan: ProbePlan;

  constructor(place: string, end: LinkEnd, address: string, peer: string, plan: ProbePlan) {
    this.#worker = new WorkerHandle(`probe of the ${place}`, 'bench/link/verify/main.js', {
      enter: end.enter,
    });
    this.#address = address;
    this.#peer = peer;
    this.#plan = plan;
  }

  async open(): Promise<void> {
    const bound = this.#worker.expect('bound', START_TIMEOUT_MS);
    this.#worker.tell({
      type: 'open',
      address: this.#address,
      peer: this.#peer,
      plan: this.#plan,
    });
    await bound;
  }

  async send(): Promise<Sent> {
    const { spaced, fill } = this.#plan;
    const lastsUs = spaced.count * spaced.everyUs + (fill ? fill.count * fill.everyUs : 0);
    const sent = this.#worker.expect('sent', lastsUs / 1_000 + PATIENCE_MS);
    this.#worker.tell({ type: 'go' });
    return (await sent).sent;
  }

  /** Until then, µs of CLOCK_MONOTONIC. */
  async receive(until: number): Promise<Received> {
    const received = this.#worker.expect('received', this.#plan.drainUs / 1_000 + PATIENCE_MS);
    this.#worker.tell({ type: 'until', at: until });
    return (await received).received;
  }

  async stop(): Promise<void> {
    await this.#worker.stop({ type: 'close' });
  }
}
