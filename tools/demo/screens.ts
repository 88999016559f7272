/** What a terminal shows while a recording is played. */
import xterm from '@xterm/headless';
import type { Recording } from './recording.js';

/** Characters next to each other that look alike. */
export interface Span {
  readonly column: number;
  readonly text: string;
  /** Number of the 16 colours; undefined = that of the terminal. */
  readonly colour: number | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
}

export interface Screen {
  /** When it begins to show. */
  readonly seconds: number;
  /** From the top, without the empty ones at the end. */
  readonly lines: readonly (readonly Span[])[];
}

/** Of outputs in the same step only what they leave is shown. */
const STEP_S = 0.1;

export async function screensOf({ columns, rows, outputs }: Recording): Promise<Screen[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const screens: Screen[] = [];
  for (const [i, { seconds, text }] of outputs.entries()) {
    await new Promise<void>((resolve) => terminal.write(text, resolve));
    const next = outputs[i + 1];
    if (next !== undefined && stepOf(next.seconds) === stepOf(seconds)) continue;
    const lines = linesOf(terminal, rows);
    if (JSON.stringify(lines) !== JSON.stringify(screens.at(-1)?.lines))
      screens.push({ seconds, lines });
  }
  terminal.dispose();
  return screens;
}

function stepOf(seconds: number): number {
  return Math.floor(seconds / STEP_S);
}

function linesOf(terminal: xterm.Terminal, rows: number): Span[][] {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: rows }, (_, row) => {
    const line = active.getLine(active.viewportY + row);
    return line === undefined ? [] : spansOf(line);
  });
  while (lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

function spansOf(line: xterm.IBufferLine): Span[] {
  const spans: Span[] = [];
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const text = cell.getChars() || ' ';
    const look = {
      colour: cell.isFgPalette() ? cell.getFgColor() : undefined,
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
    };
    const last = spans.at(-1);
    const isSame =
      last !== undefined &&
      last.colour === look.colour &&
      last.bold === look.bold &&
      last.dim === look.dim;
    if (isSame) spans[spans.length - 1] = { ...last, text: last.text + text };
    else spans.push({ column, text, ...look });
  }
  while (spans.at(-1)?.text.trim() === '') spans.pop();
  const last = spans.pop();
  return last === undefined ? [] : [...spans, { ...last, text: last.text.trimEnd() }];
}
