/** What would change a choice, in words. Pure. */
import type { ChoiceDocument, ChoiceFlip } from '../../bench/choose/document.js';
import { axisName, flipValue, stackName } from './words.js';

/** Those at which the choice changes, the nearest first. */
export function nearestFlips({ flips }: ChoiceDocument): ChoiceFlip[] {
  return flips
    .filter(({ distance }) => distance !== null)
    .sort((a, b) => a.distance! - b.distance!);
}

/** `the loss behind 4g is above 0.8 %`. */
export function flipCondition(flip: ChoiceFlip): string {
  const { at, low, high, direction } = flip;
  const side = direction === 'up' ? 'above' : 'below';
  const where =
    at === null
      ? `${side} a value between ${flipValue(flip, low!)} and ${flipValue(flip, high!)}`
      : `${side} ${flipValue(flip, at)}`;
  return `the ${axisName(flip)} is ${where}`;
}

/** What is chosen then. */
export function becomesWords({ stacks }: ChoiceDocument, { becomes }: ChoiceFlip): string {
  return becomes === null ? 'nothing meets the objectives' : stackName(stacks[becomes]!);
}

/** How that is known. */
export function sourceWords(flip: ChoiceFlip): string {
  const { kind, low, high } = flip;
  const neighbours = (): string => `${flipValue(flip, low!)} and ${flipValue(flip, high!)}`;
  if (kind === 'interpolated') return `interpolated between cells at ${neighbours()}`;
  if (kind === 'between') return `somewhere between cells at ${neighbours()}`;
  if (kind === 'none') return `the same from ${flipValue(flip, low!)} to ${flipValue(flip, high!)}`;
  return 'from the figures of the measured cells';
}

/** `the loss … is above 0.8 % (then tcp/msgpack; interpolated)`. */
export function flipSentence(document: ChoiceDocument, flip: ChoiceFlip): string {
  const how = flip.kind === 'interpolated' ? '; interpolated' : '';
  return `${flipCondition(flip)} (then ${becomesWords(document, flip)}${how})`;
}

/** `loss behind 4g from 0 % to 1 %`: as far as was measured without a change. */
export function heldRanges({ flips }: ChoiceDocument): string[] {
  const axes = new Map<string, ChoiceFlip[]>();
  for (const flip of flips) {
    if (flip.kind !== 'none') continue;
    const name = axisName(flip);
    axes.set(name, [...(axes.get(name) ?? []), flip]);
  }
  return [...axes].map(([name, held]) => {
    const low = Math.min(...held.map((flip) => flip.low!));
    const high = Math.max(...held.map((flip) => flip.high!));
    return `${name} from ${flipValue(held[0]!, low)} to ${flipValue(held[0]!, high)}`;
  });
}
