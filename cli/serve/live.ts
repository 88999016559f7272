/** The live page of a server: from when it serves until it is closed. */
import type { LabError } from '../../src/errors.js';
import type { LabServer } from '../../src/serve/options.js';
import { note } from '../output.js';

export interface ServeLive {
  /** Tells the end, and what the page has cost. Never throws; safe to call twice. */
  finish(failure: LabError | undefined): Promise<void>;
}

/** @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN */
export async function openServeLive(port: number, server: LabServer): Promise<ServeLive> {
  // Loaded for those who want it.
  const [{ Live }, { ServeSource }] = await Promise.all([
    import('../live/live.js'),
    import('../live/serve-source.js'),
  ]);
  const name = server.source ?? 'nothing';
  const source = new ServeSource(server, name, server.urls, performance.now());
  const live = await Live.open(port, source);
  note(`lab: live page: ${live.url}`);
  let finished: Promise<void> | undefined;
  const end = async (failure: LabError | undefined): Promise<void> => {
    if (failure === undefined) source.end('finished', 'The server is closed.');
    else source.end('stopped', `The server has ended: ${failure.message}`);
    note(`lab: ${await live.close(() => null)}`);
  };
  return {
    finish: (failure) => {
      finished ??= end(failure).catch(() => {});
      return finished;
    },
  };
}
