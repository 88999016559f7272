/**
 * `npm run demo`: draws the picture of the README from its recording. `npm run demo -- record` runs
 * the command first, on this machine, and keeps what it printed: on one that does nothing else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { animation } from './animation.js';
import { formatRecording, parseRecording, record } from './recording.js';
import { screensOf } from './screens.js';

const COMMAND = 'lab run --transport tcp,udp --codec line-json --clients 200';
const SIZE = { columns: 100, rows: 36 };
const fileOf = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const RECORDING = fileOf('docs/images/run.cast');
const PICTURE = fileOf('docs/images/run.svg');

if (process.argv[2] === 'record') {
  const lab = `${process.execPath} ${fileOf('bin/lab.js')}`;
  const command = `${COMMAND.replace(/^lab/, lab)} --no-save`;
  writeFileSync(RECORDING, formatRecording(record(command, { typed: COMMAND, ...SIZE })));
}
const recording = parseRecording(readFileSync(RECORDING, 'utf8'));
const screens = await screensOf(recording);
const title = `${COMMAND}: a run, and what it says`;
const description = 'A terminal: the command, its progress, and the verdict card with its table.';
writeFileSync(PICTURE, animation(screens, { columns: recording.columns, title, description }));
console.log(`${PICTURE}: ${screens.length} screens`);
