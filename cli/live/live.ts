/**
 * A live page: opened before anything is measured, told of once a second, and ended with it. Only
 * the process that coordinates has it, never one that sends or receives.
 */
import { type LiveSection, livePage, STATUS_ID } from '../../reports/html/live.js';
import type { LivePart } from '../../reports/html/view/live.js';
import { formatCpuShare } from './account.js';
import { CostMeter } from './cost.js';
import { EventHub } from './event-hub.js';
import { LiveServer } from './server.js';

const PERIOD_MS = 1_000;

/** What a page is of, and where its parts come from. */
export interface LiveSource {
  readonly title: string;
  readonly facts: readonly string[];
  readonly sections: readonly LiveSection[];
  /** Once a second: replaces the parts that have changed. */
  refresh(replace: Replace, nowMs: number): void;
}

export type Replace = (id: string, make: () => LivePart) => void;

export class Live {
  readonly url: string;
  readonly #source: LiveSource;
  readonly #server: LiveServer;
  readonly #hub: EventHub;
  readonly #cost: CostMeter;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  #closing: Promise<string> | undefined;

  private constructor(source: LiveSource, server: LiveServer, hub: EventHub, cost: CostMeter) {
    this.#source = source;
    this.#server = server;
    this.#hub = hub;
    this.#cost = cost;
    this.url = server.url;
    this.#timer = setInterval(() => this.update(), PERIOD_MS).unref();
    this.update();
  }

  /**
   * @param port 0 = any free one
   * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN
   */
  static async open(port: number, source: LiveSource): Promise<Live> {
    const hub = new EventHub();
    const cost = new CostMeter();
    const page = (): string => livePage(source.title, source.facts, source.sections);
    const now = (): number => performance.now();
    const server = await LiveServer.open(port, page, hub, cost, now);
    return new Live(source, server, hub, cost);
  }

  /** Somebody looks on. */
  get isWatched(): boolean {
    return this.#hub.size > 0;
  }

  /** Sends what has changed, now. */
  update(): void {
    this.#cost.of(() => {
      const nowMs = performance.now();
      this.#source.refresh((id, make) => this.#hub.replace(id, make), nowMs);
      this.#hub.flush(nowMs);
    });
  }

  /**
   * The last event, and the end of every connection within half a second: no browser keeps the lab
   * waiting. Safe to call twice.
   * @param report a page in HTML, made only when somebody is there to read it
   * @returns what it has cost, in a sentence
   */
  close(report: () => string | null): Promise<string> {
    this.#closing ??= this.#close(report);
    return this.#closing;
  }

  async #close(report: () => string | null): Promise<string> {
    clearInterval(this.#timer);
    const seconds = (performance.now() - this.#began) / 1_000;
    const { micros } = this.#cost;
    this.update();
    // Nothing is measured any more: the report is not in the account.
    this.#hub.end(STATUS_ID, { kind: 'end', report: this.isWatched ? report() : null });
    await this.#server.close();
    const { joined, sent } = this.#hub;
    return formatCpuShare(micros, seconds, joined, sent);
  }
}
