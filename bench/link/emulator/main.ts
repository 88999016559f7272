/**
 * The emulator of a link: a process that moves packets between two network namespaces of its own.
 * Nothing has a name: all is gone with the last process that is in it. Whose coordinator was killed
 * takes those with it.
 */
import { readlinkSync } from 'node:fs';
import { loadDeviceCalls } from '../../../src/native/device-calls.js';
import { send, serveChannel } from '../../process/channel.js';
import { cpuTime } from '../../process/cpu-time.js';
import type { ToEmulator } from '../messages.js';
import { killIn } from '../namespace.js';
import { type Emulation, openEmulation } from './emulation.js';
import { keepTime, PRIORITY } from './keep-time.js';

let emulation: Emulation | undefined;

async function answer(message: ToEmulator): Promise<void> {
  switch (message.type) {
    case 'open': {
      const calls = await loadDeviceCalls();
      emulation = openEmulation(calls, message);
      keepTime(calls, PRIORITY.emulator);
      emulation.run();
      const { serverEnd, clientEnd, startedAt } = emulation;
      send({ type: 'ready', pid: process.pid, serverEnd, clientEnd, startedAt });
      return;
    }
    case 'book':
      if (emulation !== undefined) sendBook(emulation);
      return;
    case 'cpu':
      send({ type: 'cpu', cpuMicros: cpuTime() });
      return;
    case 'forget-lateness':
      emulation?.forgetLateness();
      return;
    case 'close':
      process.exit(0);
  }
}

/** Who still is at one of the ends was started for a coordinator that is gone. */
function endAllThere(): void {
  if (emulation === undefined) return;
  const { serverEnd, clientEnd } = emulation;
  killIn([serverEnd, clientEnd].map((fd) => readlinkSync(`/proc/self/fd/${fd}`)));
}

serveChannel(answer, endAllThere);

function sendBook(emulation: Emulation): void {
  emulation.isSending = true;
  send({ type: 'book', book: emulation.book() }, () => {
    emulation.isSending = false;
  });
}
