import type { ChildProcess } from 'node:child_process';
import { get, type IncomingMessage } from 'node:http';
import type { LiveEvent } from '../../../reports/html/view/live.js';

/** The address that a started lab tells of its live page. */
export function livePageOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr!.on('data', (chunk) => {
      said += String(chunk);
      const url = /live page: (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error(`it ended: ${said}`)));
  });
}

export function request(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).once('error', reject);
  });
}

export interface Watched {
  /** What has come so far. */
  readonly events: readonly LiveEvent[];
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
}

/** Reads server-sent events. */
export async function watchEvents(url: string): Promise<Watched> {
  const response = await request(`${url}events`);
  const events: LiveEvent[] = [];
  let text = '';
  response.setEncoding('utf8').on('data', (chunk) => {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith('data: '))
        events.push(JSON.parse(block.slice('data: '.length)) as LiveEvent);
    }
  });
  const ended = new Promise<void>((resolve) => response.once('end', () => resolve()));
  return { events, ended };
}

/** All of them, until the server ends the stream. */
export async function eventsOf(url: string): Promise<readonly LiveEvent[]> {
  const { events, ended } = await watchEvents(url);
  await ended;
  return events;
}
