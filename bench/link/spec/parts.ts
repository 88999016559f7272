/** The parts of a spec as they are written, `delay=20ms/up.loss=1%`, direction by direction. */
import { nearest } from '../../../src/options/suggest.js';
import { badValue } from '../../../src/options/values.js';
import { DIRECTION_KEYS, readLoss, readShare, UPLINK_KEYS } from './keys.js';

const DIRECTIONS = ['up', 'down'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Canonical texts by key; what is of a direction with its prefix, `up.delay`. */
export type Parts = ReadonlyMap<string, string>;

const NAMES = Object.keys(DIRECTION_KEYS);
const KNOWN = [
  ...NAMES,
  ...Object.keys(UPLINK_KEYS),
  ...DIRECTIONS.flatMap((direction) => NAMES.map((name) => `${direction}.${name}`)),
];

/** A value that says nothing: what holds without it. */
const DEFAULTS: Readonly<Record<string, string>> = {
  delay: '0s',
  jitter: '0s',
  loss: '0%',
  dup: '0%',
  reorder: '0%',
  corrupt: '0%',
};

/** Where a part needs another one to mean anything. */
const NEEDS: Readonly<Record<string, string>> = {
  burst: 'a loss in percent',
  hold: 'reorder',
  queue: 'a rate or trace',
};

/** A slash ends a part only before the next one: files and outages have slashes, too. */
export function splitParts(text: string): string[] {
  return text === '' ? [] : text.split(/\/(?=[a-z.]+=)/i);
}

/**
 * What `given` says, over what `base` says.
 * @returns `own`: the parts of `given` that have an effect; `all`: those of both
 * @throws LAB_ERR_BAD_VALUE that names the part
 */
export function readParts(
  flag: string,
  given: readonly string[],
  base: Parts,
): { readonly own: Parts; readonly all: Parts } {
  const said = canonicalParts(flag, given);
  const own = new Map<string, string>();
  for (const key of Object.keys(UPLINK_KEYS)) {
    if (said.has(key)) own.set(key, said.get(key)!);
  }
  for (const direction of DIRECTIONS) {
    for (const name of NAMES) {
      const text = said.get(`${direction}.${name}`) ?? said.get(name);
      if (text !== undefined) own.set(`${direction}.${name}`, text);
    }
    keepOneCapacity(flag, direction, said, own);
  }
  const all = merged(base, own);
  refuseIdle(flag, said, all);
  for (const parts of [own, all]) {
    for (const key of [...parts.keys()]) if (!hasEffect(key, all)) parts.delete(key);
  }
  return { own, all };
}

/** Two directions that say the same say it once. Without a base, defaults are left out. */
export function partsText(parts: Parts, hasBase: boolean): string[] {
  const texts: string[] = [];
  for (const name of NAMES) {
    const [up, down] = DIRECTIONS.map((direction) => {
      const text = parts.get(`${direction}.${name}`);
      return text === DEFAULTS[name] && !hasBase ? undefined : text;
    });
    if (up !== undefined && up === down) texts.push(`${name}=${up}`);
    else if (up !== undefined) texts.push(`up.${name}=${up}`);
    if (down !== undefined && up !== down) texts.push(`down.${name}=${down}`);
  }
  for (const key of Object.keys(UPLINK_KEYS)) {
    if (parts.has(key)) texts.push(`${key}=${parts.get(key)}`);
  }
  return texts;
}

function canonicalParts(flag: string, given: readonly string[]): Map<string, string> {
  const said = new Map<string, string>();
  for (const part of given) {
    const [, key = '', text = ''] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (!KNOWN.includes(key)) throw unknownPart(flag, key);
    if (said.has(key)) throw badValue(flag, part, 'is said twice', `give ${key} once`);
    const name = key.replace(/^(up|down)\./, '');
    const canonical = (UPLINK_KEYS[key] ?? DIRECTION_KEYS[name])!;
    said.set(key, canonical(`${flag} ${key}`, text));
  }
  return said;
}

function unknownPart(flag: string, key: string) {
  const guess = nearest(key, KNOWN);
  const start = guess === undefined ? '' : `did you mean ${guess}? `;
  const names = [...NAMES, ...Object.keys(UPLINK_KEYS)].join(', ');
  const hint = `${start}the parts are ${names}; up. or down. in front is of one direction`;
  return badValue(flag, key, 'is no part of a link', hint);
}

/** One direction goes by a rate or by a trace; what has its prefix goes before what has none. */
function keepOneCapacity(
  flag: string,
  direction: Direction,
  said: Parts,
  own: Map<string, string>,
): void {
  const [rate, trace] = [`${direction}.rate`, `${direction}.trace`];
  if (!own.has(rate) || !own.has(trace)) return;
  if (said.has(rate) === said.has(trace)) {
    const hint = `give ${direction} a rate or a trace, the trace is its own rate`;
    throw badValue(flag, `trace=${own.get(trace)}`, 'stands beside a rate', hint);
  }
  own.delete(said.has(rate) ? trace : rate);
}

function merged(base: Parts, own: Parts): Map<string, string> {
  const all = new Map([...base, ...own]);
  for (const direction of DIRECTIONS) {
    const [rate, trace] = [`${direction}.rate`, `${direction}.trace`];
    if (own.has(rate)) all.delete(trace);
    if (own.has(trace)) all.delete(rate);
  }
  return all;
}

/** A part for both directions must have an effect in one of them. */
function refuseIdle(flag: string, said: Parts, all: Parts): void {
  for (const [key, text] of said) {
    const places = KNOWN.includes(`up.${key}`) ? [`up.${key}`, `down.${key}`] : [key];
    if (places.some((place) => hasEffect(place, all))) continue;
    const needs = key === 'uplink.queue' ? 'uplink' : NEEDS[key.replace(/^(up|down)\./, '')];
    throw badValue(flag, `${key}=${text}`, `has no effect without ${needs}`, 'give it, too');
  }
}

function hasEffect(key: string, all: Parts): boolean {
  if (key === 'uplink.queue') return all.has('uplink');
  const [, direction, name] = /^(up|down)\.(.*)$/.exec(key) ?? [];
  const text = (other: string): string | undefined => all.get(`${direction}.${other}`);
  if (name === 'queue') return text('rate') !== undefined || text('trace') !== undefined;
  if (name === 'hold') return readShare('reorder', text('reorder') ?? '0%') > 0;
  if (name !== 'burst') return true;
  const loss = readLoss('loss', text('loss') ?? '0%');
  return loss.kind === 'random' && loss.ratio > 0;
}
