import { afterEach, describe, expect, it, vi } from 'vitest';
import { complain, emit, note, print, printData } from '../../../cli/output.js';
import { type Column, renderGrid } from '../../../cli/ui/grid.js';
import { LiveLine } from '../../../cli/ui/live-line.js';
import { styleFor } from '../../../cli/ui/style.js';
import { LabError } from '../../../src/errors.js';

const style = styleFor({ isTTY: true }, { FORCE_COLOR: '1' });
const HOSTILE = 'a\u001b[31mb\u202ec';
const SHOWN = 'a\\x1b[31mb\\u{202e}c';
const { isTTY } = process.stdout;
afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.isTTY = isTTY;
});

/** What is written to a stream meanwhile. */
function written(stream: 'stdout' | 'stderr'): () => string {
  const spy = vi.spyOn(process[stream], 'write').mockImplementation(((
    _text: string,
    done?: () => void,
  ) => {
    done?.();
    return true;
  }) as typeof process.stdout.write);
  return () => spy.mock.calls.map(([text]) => String(text)).join('');
}

describe.each([true, false])('what is written (to a terminal: %s)', (terminal) => {
  it('for people has the colours of the lab and shows the sequences of others', async () => {
    process.stdout.isTTY = terminal;
    const out = written('stdout');
    await print(`${style('red', 'late')} ${HOSTILE} ${style('green', HOSTILE)}\n`);
    expect(out()).toBe(`\u001b[31mlate\u001b[39m ${SHOWN} \u001b[32m${SHOWN}\u001b[39m\n`);
  });

  it('for programs is exact in a pipe or file, and harmless on a terminal', async () => {
    process.stdout.isTTY = terminal;
    const out = written('stdout');
    await printData(HOSTILE);
    expect(out()).toBe(terminal ? SHOWN : HOSTILE);
  });

  it('as an event is JSON', () => {
    process.stdout.isTTY = terminal;
    const out = written('stdout');
    emit({ text: HOSTILE });
    expect(out()).toBe('{"text":"a\\u001b[31mb\\u202ec"}\n');
  });
});

describe('what is said on the way', () => {
  it('is one line a note, and an error with its hint', () => {
    const err = written('stderr');
    note(`${HOSTILE}\nlab: all is well`);
    complain(
      new LabError('LAB_ERR_MALFORMED', `${HOSTILE}\n`, { hint: `${HOSTILE}\nlab: do this` }),
    );
    const lines = err().split('\n');
    expect(lines).toEqual([
      `${SHOWN}\\nlab: all is well`,
      expect.stringContaining(`LAB_ERR_MALFORMED: ${SHOWN}\\n`),
      expect.stringContaining(`hint: ${SHOWN}`.slice(0, 5)),
      '    lab: do this',
      '',
    ]);
  });

  it('and so is the live line, but for what takes it away', () => {
    const seen: string[] = [];
    const live = new LiveLine({ write: (text) => seen.push(text) }, () => HOSTILE);
    live.print(`${HOSTILE}\n`);
    live.close();
    expect(seen.join('')).toBe(`${SHOWN}\\n\n`);
  });
});

describe('a table', () => {
  it('has one line a row whatever is in a cell, and every line closes the styles that it opens', async () => {
    const out = written('stdout');
    const column: Column<string> = {
      title: 'two\nlines',
      align: 'left',
      cell: (text) => text,
      format: () => 'red',
    };
    await print(renderGrid([column], [{ title: HOSTILE, rows: [`${HOSTILE}\nx`] }], 80, style));
    const lines = out().split('\n');
    expect(lines).toHaveLength(5);
    expect(
      lines.map((line) => (line.replaceAll(SHOWN, '').match(/\[(?:1|2|31|36)m/g) ?? []).length),
    ).toEqual([1, 1, 1, 1, 1]);
    expect(lines.every((line) => /\[(?:22|39)m$/.test(line))).toBe(true);
    expect(lines[4]).toBe(`\u001b[31m${SHOWN}\\nx\u001b[39m`);
  });
});
