/**
 * The answer of a result in at most four short lines, whatever was varied in it: over losses who
 * has the freshest values where, over loads what each pair held, else who is best. Pure.
 */
import type { LabResult } from '../bench/result/result.js';
import { sweepCard } from './loss-sweep/card.js';
import { lossSweepsOf } from './loss-sweep/sweep.js';
import { rankSweeps } from './loss-sweep/winners.js';
import { rankingCard } from './model/card.js';
import { heldCard } from './model/card-held.js';
import type { Card } from './model/card-lines.js';

export function cardOf(result: LabResult): Card {
  const [sweep] = rankSweeps(lossSweepsOf(result));
  return sweep === undefined ? (heldCard(result) ?? rankingCard(result)) : sweepCard(result, sweep);
}
