import { createLogUpdate } from 'log-update';
import type { Size } from './feed-view.js';
import { terminalText } from './terminal-text.js';

const REDRAW_MS = 200;
const FALLBACK: Size = { columns: 80, rows: 24 };

/** Draws a frame over and over on stdout, in place; the last one stays when it is closed. */
export class FeedScreen {
  readonly #frame: (size: Size) => string;
  readonly #draw = createLogUpdate(process.stdout, {
    defaultWidth: FALLBACK.columns,
    defaultHeight: FALLBACK.rows,
  });
  readonly #timer: NodeJS.Timeout;
  #closed = false;

  constructor(frame: (size: Size) => string) {
    this.#frame = frame;
    this.#timer = setInterval(() => this.#redraw(), REDRAW_MS);
    this.#redraw();
  }

  /** Leaves the last frame, and the cursor as it was. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#redraw();
    this.#draw.done();
  }

  #redraw(): void {
    const { columns = FALLBACK.columns, rows = FALLBACK.rows } = process.stdout;
    this.#draw(terminalText(this.#frame({ columns, rows })));
  }
}
