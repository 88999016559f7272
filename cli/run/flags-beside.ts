/** The flags of `lab run` that have no effect beside one that makes it do something else. */
import type { Command } from 'commander';
import { noEffect } from '../args/effect.js';

/** What comes out of a run that goes on, of which there is nothing yet. */
const OF_A_RESUMED_RUN: ReadonlySet<string> = new Set([
  'resume',
  'json',
  'jsonStream',
  'exportJson',
  'exportMd',
  'exportHtml',
  'exportCsv',
  'exportHlog',
  'exportHgrm',
  'quiet',
  'live',
]);

/** What comes out of a run; what is only printed is not run. */
const OF_A_RUN: ReadonlySet<string> = new Set([
  'exportJson',
  'exportMd',
  'exportHtml',
  'exportCsv',
  'exportHlog',
  'exportHgrm',
  'output',
  'save',
  'quiet',
  'live',
]);

/**
 * A run goes on as it was begun, in its folder. @throws LAB_ERR_NO_EFFECT that names the first flag
 * that would make it another run, or keep it elsewhere
 */
export function refuseBesideResume(command: Command): void {
  const otherwise = 'begin another run without --resume';
  const idle = { beside: '--resume: a run goes on as it was begun, in its folder', otherwise };
  refuse(command, (name) => !OF_A_RESUMED_RUN.has(name), idle);
}

/** @throws LAB_ERR_NO_EFFECT that names the first flag about what comes out of a run */
export function refuseBesidePrintConfig(command: Command): void {
  const idle = { beside: '--print-config', otherwise: '--print-config' };
  refuse(command, (name) => OF_A_RUN.has(name), idle);
}

/** @throws LAB_ERR_NO_EFFECT: nothing runs that could be watched */
export function refuseBesideDryRun(command: Command): void {
  const idle = { beside: '--dry-run', otherwise: '--dry-run' };
  refuse(command, (name) => name === 'live', idle);
}

function refuse(
  command: Command,
  isIdle: (name: string) => boolean,
  idle: Parameters<typeof noEffect>[1],
): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (!isIdle(name) || command.getOptionValueSource(name) !== 'cli') continue;
    throw noEffect(option.long ?? option.flags, idle);
  }
}
