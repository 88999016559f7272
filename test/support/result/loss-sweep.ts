/** Results of sweeps over losses, of which a test says who holds how old values where. */
import type { CellResult, LabResult, LinkFound } from '../../../bench/result/result.js';
import { makeCell, withLocal } from './cell-factory.js';
import { makeResult } from './result-factory.js';

export interface Where {
  /** ms. */
  readonly rtt: number;
  /** Percent. */
  readonly loss: number;
  readonly burst: number | null;
}

export interface WhatStack {
  readonly transport: string;
  readonly repair?: string;
  readonly policy?: string;
}

export function linkOf({ rtt, loss, burst }: Where, others = ''): LinkFound {
  const way = { delay_us: rtt * 500, loss_ratio: loss / 100, burst };
  const parts = [`delay=${rtt * 500}us`];
  if (loss > 0) parts.push(`loss=${loss}%`);
  if (burst !== null) parts.push(`burst=${burst}`);
  if (others !== '') parts.push(others);
  const name = parts.join('/');
  return {
    ...{ name, specification: name, source: null, assumed: null, traces: null, checks: [] },
    asked: { up: way, down: way, else: others },
    ping: makeResult([]).baselines.ping,
  };
}

/**
 * Every stack at every place, `runs` times. `p99`: in ms, of a run from 0 on; null = the run is
 * INVALID, and its figures say nothing.
 */
export function makeSweep(
  places: readonly Where[],
  stacks: readonly WhatStack[],
  runs: number,
  p99: (stack: WhatStack, where: Where, run: number) => number | null,
): LabResult {
  const plain = new Map<string, CellResult>();
  const cells = places.flatMap((where) =>
    stacks.flatMap((stack) =>
      Array.from({ length: runs }, (_, run) => {
        const { transport, repair = 'none', policy = 'drop-oldest' } = stack;
        const plan = { transport, clients: 20, rate: 200, seconds: 1 };
        const cell = plain.get(transport) ?? makeCell(plan);
        plain.set(transport, cell);
        const link = linkOf(where).name;
        const ms = p99(stack, where, run);
        const age = Math.round((ms ?? 1) * 1_000);
        const status = ms === null ? ('INVALID' as const) : ('VALID' as const);
        return {
          ...withLocal(cell, { repair, policy }),
          id: `${transport}/${repair}/${policy}/${link}#${run + 1}`,
          ...{ link, run: run + 1, verdict: { status, reasons: [] } },
          staleness_us: { ...cell.staleness_us!, p50: Math.round(age / 2), p99: age },
        };
      }),
    ),
  );
  const result = makeResult(cells, { links: places.map((where) => linkOf(where)) });
  const { config } = result;
  const { server } = config.effective;
  if (server.kind !== 'local') throw new Error('it is a server of our own');
  const distinct = (of: (stack: WhatStack) => string): string[] => [...new Set(stacks.map(of))];
  const lists = {
    repairs: distinct(({ repair = 'none' }) => repair),
    policy: distinct(({ policy = 'drop-oldest' }) => policy).join(','),
  };
  const effective = { ...config.effective, server: { ...server, ...lists } };
  return { ...result, config: { ...config, effective } };
}
