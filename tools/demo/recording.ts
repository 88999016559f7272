/**
 * Recordings of a terminal as asciicast v2 (docs.asciinema.org/manual/asciicast/v2): a line of JSON
 * with the size, then a line for each output: seconds since the start, "o", what was written.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Recording {
  readonly columns: number;
  readonly rows: number;
  /** In order. */
  readonly outputs: readonly Output[];
}

export interface Output {
  /** Since the start. */
  readonly seconds: number;
  readonly text: string;
}

/** Somebody types so fast, and looks at what was typed for so long before it is sent. */
const KEY_S = 0.045;
const PAUSE_S = 0.5;

/**
 * Runs `command` in a terminal of its own by script(1), as if somebody typed `typed` at a prompt.
 * @throws where it does not end with 0
 */
export function record(
  command: string,
  { typed, columns, rows }: { typed: string; columns: number; rows: number },
): Recording {
  const folder = mkdtempSync(join(tmpdir(), 'lab-demo-'));
  try {
    const [out, timing] = [join(folder, 'out'), join(folder, 'timing')];
    const inTerminal = `stty cols ${columns} rows ${rows} && exec ${command}`;
    const args = ['--quiet', '--return', '--log-out', out, '--log-timing', timing];
    execFileSync('script', [...args, '--command', inTerminal], { stdio: 'ignore' });
    const keys = typing(typed);
    const start = (keys.at(-1)?.seconds ?? 0) + KEY_S;
    const printed = outputsOf(readFileSync(out), readFileSync(timing, 'utf8'), start);
    return { columns, rows, outputs: [...keys, ...printed] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function typing(typed: string): Output[] {
  const prompt = { seconds: 0, text: '\x1b[1;32m$\x1b[0m ' };
  const keys = [...typed].map((text, i) => ({ seconds: PAUSE_S + i * KEY_S, text }));
  const entered = PAUSE_S + typed.length * KEY_S + PAUSE_S;
  return [prompt, ...keys, { seconds: entered, text: '\r\n' }];
}

/** The log of script(1), whose first line is its own; the timing has a line "delay bytes" a write. */
function outputsOf(log: Buffer, timing: string, start: number): Output[] {
  const decoder = new TextDecoder();
  let at = log.indexOf('\n') + 1;
  let seconds = start;
  const outputs: Output[] = [];
  for (const line of timing.trimEnd().split('\n')) {
    const [delay, bytes] = line.split(' ').map(Number) as [number, number];
    seconds += delay;
    const text = decoder.decode(log.subarray(at, at + bytes), { stream: true });
    at += bytes;
    if (text !== '') outputs.push({ seconds: Math.round(seconds * 1e3) / 1e3, text });
  }
  return outputs;
}

export function formatRecording({ columns, rows, outputs }: Recording): string {
  const head = { version: 2, width: columns, height: rows };
  const lines = [head, ...outputs.map(({ seconds, text }) => [seconds, 'o', text])];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function parseRecording(text: string): Recording {
  const [head, ...lines] = text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  const { width, height } = head as { width: number; height: number };
  const events = lines as [number, string, string][];
  const outputs = events.filter(([, kind]) => kind === 'o');
  return {
    columns: width,
    rows: height,
    outputs: outputs.map(([seconds, , written]) => ({ seconds, text: written })),
  };
}
