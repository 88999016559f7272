import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { animation } from '../../../tools/demo/animation.js';
import { formatRecording, parseRecording } from '../../../tools/demo/recording.js';
import { screensOf } from '../../../tools/demo/screens.js';

const imageOf = (name: string): string =>
  readFileSync(new URL(`../../../docs/images/${name}`, import.meta.url), 'utf8');

/** A prompt, a line that is drawn over, and one in colour. */
const RECORDING = {
  columns: 20,
  rows: 4,
  outputs: [
    { seconds: 0, text: '\x1b[1;32m$\x1b[0m lab <run>\r\n' },
    { seconds: 1, text: 'half' },
    { seconds: 1.05, text: ' way' },
    { seconds: 2, text: '\r\x1b[K\x1b[33m⚠ SUSPECT\x1b[39m  x' },
  ],
};

describe('a recording of a terminal', () => {
  it('is the same after it was written and read', () => {
    expect(parseRecording(formatRecording(RECORDING))).toEqual(RECORDING);
  });

  it('shows what was left on the screen, with its colours, and not what came between', async () => {
    const screens = await screensOf(RECORDING);
    const texts = screens.map(({ lines }) =>
      lines.map((spans) => spans.map(({ text }) => text).join('')),
    );
    expect(texts).toEqual([
      ['$ lab <run>'],
      ['$ lab <run>', 'half way'],
      ['$ lab <run>', '⚠ SUSPECT  x'],
    ]);
    expect(screens[2]?.lines[1]?.[0]).toMatchObject({ colour: 3, bold: false });
    expect(screens[0]?.lines[0]?.[0]).toMatchObject({ text: '$', colour: 2, bold: true });
  });
});

describe('the picture of a recording', () => {
  const options = { columns: 20, title: 'a <run>', description: 'what it prints' };

  it('draws a line once, however many screens it is on, and escapes what it says', async () => {
    const svg = animation(await screensOf(RECORDING), options);
    expect(svg.match(/lab &lt;run&gt;/g)).toHaveLength(1);
    expect(svg).toContain('<title>a &lt;run&gt;</title>');
  });

  it('shows the last screen to who wants no motion', async () => {
    const svg = animation(await screensOf(RECORDING), options);
    const positions = [...svg.matchAll(/<g transform="translate\((\d+) 0\)">/g)].map(([, x]) => x);
    expect(positions).toHaveLength(3);
    expect(svg).toContain(
      `prefers-reduced-motion:reduce){.strip{animation:none;transform:translateX(-${positions[2]}px)`,
    );
  });

  it('in the README is that of its recording', async () => {
    const recording = parseRecording(imageOf('run.cast'));
    const svg = animation(await screensOf(recording), {
      columns: recording.columns,
      title: /aria-label="([^"]*)"/.exec(imageOf('run.svg'))?.[1] ?? '',
      description: /<desc>([^<]*)<\/desc>/.exec(imageOf('run.svg'))?.[1] ?? '',
    });
    expect(svg).toBe(imageOf('run.svg'));
  });
});
