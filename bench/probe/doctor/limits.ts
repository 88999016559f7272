/** Limits of the system that a run with many clients meets. Pure. */

import { groupedText } from '../../../src/options/value-text.js';
import { DEFAULT_CONFIG, wholeOption } from '../../config.js';
import type { DoctorCheck } from '../../result/result.js';
import type { Readings, Setting } from './readings.js';

/**
 * Descriptors a process of a run needs besides one per client; see checkDescriptors in
 * preflight.ts.
 */
const SPARE_FILES = 64;
const MANY_CLIENTS = 1_000;
const [DEFAULT_CLIENTS = 100] = DEFAULT_CONFIG.clients;
const RAISED_FILES = 65_536;

/**
 * The clients of the bare loop (--ceiling) connect 64 at a time in each process: enough for 16 of
 * them.
 */
const ENOUGH_BACKLOG = 1_024;
const RAISED_BACKLOG = 4_096;
const RAISED_BUFFER = 4 * 1024 * 1024;

export function checkOpenFiles({ openFiles, openFilesHard, platform }: Readings): DoctorCheck {
  const check = 'open files';
  if (openFiles === null) {
    const value = platform === 'win32' ? 'no such limit here' : 'the limit cannot be read';
    return { check, status: 'unknown', value, advice: null };
  }
  if (openFiles === 'unlimited') return { check, status: 'ok', value: 'unlimited', advice: null };
  const clients = Math.max(0, openFiles - SPARE_FILES);
  const value = `${groupedText(openFiles)}: enough for ${groupedText(clients)} TCP clients`;
  if (clients >= MANY_CLIENTS) return { check, status: 'ok', value, advice: null };
  const most =
    openFilesHard === 'unlimited' ? RAISED_FILES : Math.min(openFilesHard ?? 0, RAISED_FILES);
  const advice =
    most - SPARE_FILES >= MANY_CLIENTS
      ? `ulimit -n ${most}`
      : platform === 'linux'
        ? `sudo prlimit --pid $$ --nofile=${RAISED_FILES}:${RAISED_FILES}`
        : `as root: ulimit -n ${RAISED_FILES}`;
  return { check, status: clients < DEFAULT_CLIENTS ? 'bad' : 'warn', value, advice };
}

export function checkBacklog({ backlog }: Readings): DoctorCheck {
  const check = 'somaxconn';
  if (backlog === null) return unreported(check);
  if (backlog.value >= ENOUGH_BACKLOG)
    return { check, status: 'ok', value: groupedText(backlog.value), advice: null };
  return {
    check,
    status: 'warn',
    value: `${groupedText(backlog.value)}: many TCP clients that connect at once have to try again`,
    advice: raise(backlog, RAISED_BACKLOG),
  };
}

export function checkReceiveBuffer({ receiveBuffer }: Readings): DoctorCheck {
  return checkBuffer(
    'rmem_max',
    receiveBuffer,
    '--rcvbuf',
    wholeOption(DEFAULT_CONFIG, 'receiveBufferBytes') ?? 0,
  );
}

export function checkSendBuffer({ sendBuffer }: Readings): DoctorCheck {
  return checkBuffer(
    'wmem_max',
    sendBuffer,
    '--sndbuf',
    wholeOption(DEFAULT_CONFIG, 'sendBufferBytes') ?? 0,
  );
}

/** What a stock Linux grants is ok: a default run asks for no more. */
function checkBuffer(
  check: string,
  setting: Setting | null,
  flag: string,
  asked: number,
): DoctorCheck {
  if (setting === null) return unreported(check);
  if (setting.value >= asked) {
    const value = `${groupedText(setting.value)} bytes: the most that ${flag} can get`;
    return { check, status: 'ok', value, advice: null };
  }
  return {
    check,
    status: 'warn',
    value: `${groupedText(setting.value)} bytes: less than the ${groupedText(asked)} that ${flag} asks for by default`,
    advice: raise(setting, RAISED_BUFFER),
  };
}

function unreported(check: string): DoctorCheck {
  return { check, status: 'unknown', value: 'cannot be read here', advice: null };
}

/** busybox's sysctl needs -w to write; that of macOS and the BSDs has no use for it. */
function raise({ name }: Setting, value: number): string {
  return `sudo sysctl ${name.startsWith('net.') ? '-w ' : ''}${name}=${value}`;
}
