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

/** Reads server-sent events until the server ends them. */
export async function eventsOf(url: string): Promise<LiveEvent[]> {
  const response = await request(`${url}events`);
  let text = '';
  response.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => response.once('end', resolve));
  return text
    .split('\n\n')
    .filter((one) => one.startsWith('data: '))
    .map((one) => JSON.parse(one.slice('data: '.length)) as LiveEvent);
}
