import { visibleLine } from '../../reports/visible-text.js';
import { terminalText } from './terminal-text.js';
import { wrap } from './text.js';

/**
 * One line on a terminal that is written over and over, at most four times a second, and gone at
 * the end.
 */

interface Screen {
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 250;
const FALLBACK_COLUMNS = 80;
const START_AND_CLEAR = '\r\u001b[2K';

export class LiveLine {
  readonly #screen: Screen;
  readonly #line: (width: number) => string;
  readonly #timer: NodeJS.Timeout;
  #drawn = false;

  /** Draws `line(width)` on `screen` until closed. */
  constructor(screen: Screen, line: (width: number) => string) {
    this.#screen = screen;
    this.#line = line;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  /** Writes a line that stays, above the live one. */
  print(text: string): void {
    this.#clear();
    const width = this.#screen.columns ?? FALLBACK_COLUMNS;
    this.#screen.write(terminalText(`${wrap(visibleLine(text), width, '  ')}\n`));
  }

  /** Takes the line away. Safe to call twice. */
  close(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    // One column stays free: a full line would make some terminals scroll.
    const text = this.#line((this.#screen.columns ?? FALLBACK_COLUMNS) - 1);
    this.#screen.write(START_AND_CLEAR + terminalText(visibleLine(text)));
    this.#drawn = true;
  }

  #clear(): void {
    if (this.#drawn) this.#screen.write(START_AND_CLEAR);
    this.#drawn = false;
  }
}
