/**
 * The newest state of each part of a live page, and the browsers that are told of it by
 * server-sent events (HTML Standard, 9.2). Pure: bytes go to streams that are given, time comes in.
 *
 * A part that nobody looks at is not made. A browser that reads slowly gets the newest of each part
 * when it has read what it was sent: what waits for it is one state, not a history.
 */
import type { LiveEvent, LivePart } from '../../reports/html/view/live.js';

/** Of a response, what it takes to send events. */
export interface EventSink {
  /** Bytes that the socket has not taken yet. */
  readonly writableLength: number;
  write(text: string): unknown;
  end(text: string): unknown;
  destroy(): unknown;
}

/** A browser that takes nothing for so long is let go. */
const STALL_MS = 10_000;

/** How soon a browser that lost its connection is to come back, ms. */
const RETRY_MS = 1_000;

interface Part {
  readonly make: () => LivePart;
  /** The event as it is sent; undefined until somebody is to have it. */
  text: string | undefined;
}

interface Listener {
  /** Ids of parts that it does not have in their newest state. */
  readonly due: Set<string>;
  /** Since when its socket has not been empty, ms; undefined when it was at the last look. */
  stalledAt: number | undefined;
}

export class EventHub {
  /** In the order in which they came: a new browser gets them in it. */
  readonly #parts = new Map<string, Part>();
  readonly #listeners = new Map<EventSink, Listener>();
  /** Browsers that were let go as they took nothing. */
  stalled = 0;
  /** Browsers that came, and events that were sent, for the account. */
  joined = 0;
  sent = 0;

  get size(): number {
    return this.#listeners.size;
  }

  /** Sends a new browser all there is. */
  add(sink: EventSink, nowMs: number): void {
    this.joined += 1;
    const listener = { due: new Set(this.#parts.keys()), stalledAt: undefined };
    this.#listeners.set(sink, listener);
    sink.write(`retry: ${RETRY_MS}\n\n`);
    this.#send(sink, listener, nowMs);
  }

  /** Safe to call twice. */
  remove(sink: EventSink): void {
    this.#listeners.delete(sink);
  }

  /** A part is another now; `make` is called when somebody is to have it. */
  replace(id: string, make: () => LivePart): void {
    this.#parts.set(id, { make, text: undefined });
    for (const { due } of this.#listeners.values()) due.add(id);
  }

  /** Sends every browser what it does not have. */
  flush(nowMs: number): void {
    for (const [sink, listener] of this.#listeners) {
      if (sink.writableLength === 0) this.#send(sink, listener, nowMs);
      else this.#wait(sink, listener, nowMs);
    }
  }

  /** The last event, also for a browser that is slow, and the end of every stream. */
  end(id: string, part: LivePart): void {
    const last = eventText({ id, part });
    for (const [sink, { due }] of this.#listeners) {
      const before = [...due].map((one) => this.#textOf(one)).join('');
      sink.end(before + last);
      this.sent += 1;
    }
    this.#listeners.clear();
  }

  #send(sink: EventSink, listener: Listener, nowMs: number): void {
    // A comment keeps a proxy from ending a stream on which nothing comes.
    const text = [...listener.due].map((id) => this.#textOf(id)).join('') || ':\n\n';
    listener.due.clear();
    listener.stalledAt = undefined;
    sink.write(text);
    this.sent += 1;
    if (sink.writableLength > 0) listener.stalledAt = nowMs;
  }

  #wait(sink: EventSink, listener: Listener, nowMs: number): void {
    listener.stalledAt ??= nowMs;
    if (nowMs - listener.stalledAt < STALL_MS) return;
    this.stalled += 1;
    this.remove(sink);
    sink.destroy();
  }

  /** The same text for every browser. */
  #textOf(id: string): string {
    const part = this.#parts.get(id)!;
    part.text ??= eventText({ id, part: part.make() });
    return part.text;
  }
}

/** JSON has no line breaks of its own, so one line of data is all of it. */
function eventText(event: LiveEvent): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
