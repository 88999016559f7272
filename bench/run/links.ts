/** The links of a run before its first cell: each is tried, and pinged while it is idle. */
import type { CellPlan, RunConfig } from '../config.js';
import type { RunHooks } from '../events.js';
import type { Link } from '../link/link.js';
import { linkSeed } from '../link/link-seed.js';
import {
  type CapacitySpec,
  type DirectionSpec,
  type LinkSpec,
  NO_LINK,
} from '../link/link-spec.js';
import { openLink } from '../link/open-link.js';
import { parseLink } from '../link/spec/parse.js';
import { splitParts } from '../link/spec/parts.js';
import { profileOf } from '../link/spec/profiles.js';
import { readTraceFile } from '../link/spec/trace-file.js';
import type { LinkCheck } from '../link/verify/check.js';
import { refuseUnverified } from '../link/verify/judge.js';
import { verifyLink } from '../link/verify/verify.js';
import { noEchoes, pingThrough, skippedPing } from '../probe/baselines.js';
import type { Baselines, LinkFound } from '../result/result.js';

/** A link of the matrix: as it was read, once for all of its cells, and as it was found. */
export interface VerifiedLink {
  readonly spec: LinkSpec;
  readonly found: LinkFound;
}

/** @throws as `openLink`; LAB_ERR_LINK_UNVERIFIED for one that does not do what it was asked to */
export async function findLinks(
  config: RunConfig,
  sizeBytes: number,
  hooks: RunHooks,
): Promise<VerifiedLink[]> {
  const links: VerifiedLink[] = [];
  for (const spec of specsOf(config)) {
    const { name } = spec;
    const link = await openLink({ spec, seed: config.seed, clients: 1 });
    try {
      const verification = await verifyLink(link);
      refuseUnverified(verification);
      const ping = config.baselines
        ? await pingThrough(link, sizeBytes, hooks)
        : skippedPing(link.serverAddress, sizeBytes);
      const profile = profileOf(name);
      const found = {
        name,
        specification: spec.text,
        source: profile?.source ?? null,
        assumed: profile?.assumed ?? null,
        traces: tracesOf(spec),
        asked: askedOf(spec),
        ping,
        checks: verification.checks.map(checkResult),
      };
      links.push({ spec, found });
    } finally {
      await link.close();
    }
  }
  return links;
}

/** Those of the matrix but `none`, with their traces as they are now. @throws as `readTraceFile` */
export function specsOf({ links }: Pick<RunConfig, 'links'>): LinkSpec[] {
  return links
    .filter((name) => name !== NO_LINK)
    .map((name) => parseLink('`links`', name, readTraceFile));
}

/** What tells two traces apart that had the same path. */
export function tracesOf({ up, down }: LinkSpec): LinkFound['traces'] {
  const [ofUp, ofDown] = [up, down].map(({ rate }) => sha256Of(rate?.capacity));
  return ofUp === null && ofDown === null ? null : { up: ofUp!, down: ofDown! };
}

function sha256Of(capacity: CapacitySpec | undefined): string | null {
  return capacity?.kind === 'trace' ? capacity.sha256 : null;
}

function askedOf({ text, up, down }: LinkSpec): LinkFound['asked'] {
  const of = ({ delayUs, loss }: DirectionSpec): NonNullable<LinkFound['asked']>['up'] => ({
    delay_us: delayUs,
    loss_ratio: loss.kind === 'random' ? loss.ratio : null,
    burst: loss.kind === 'random' ? (loss.burst ?? null) : null,
  });
  const isRandom = [up, down].every(({ loss }) => loss.kind === 'random');
  const told = isRandom ? /^(?:(?:up|down)\.)?(?:delay|loss|burst)=/ : /^(?:(?:up|down)\.)?delay=/;
  const others = splitParts(text).filter((part) => !told.test(part) && part !== NO_LINK);
  return { up: of(up), down: of(down), else: others.join('/') };
}

function checkResult({ ok: _, isTiming: __, ...check }: LinkCheck): LinkFound['checks'][number] {
  return check;
}

/** The baselines of a cell behind this link: nobody echoes there. */
export function baselinesBehind({ ping }: LinkFound): Baselines {
  return { size_bytes: ping.size_bytes, ping, echo: noEchoes(ping) };
}

/** Runs `use` with the link that the cell is to be measured behind; null = none. @throws as both */
export async function withLink<T>(
  { clients, run }: CellPlan,
  spec: LinkSpec | undefined,
  seed: number,
  use: (link: Link | null) => Promise<T>,
): Promise<T> {
  if (spec === undefined) return await use(null);
  const link = await openLink({ spec, seed: linkSeed(seed, run), clients });
  try {
    return await use(link);
  } finally {
    await link.close();
  }
}
