/**
 * What the fields of a column are: numbers, words for "nothing", or text. The column decides, not
 * the field: NA is nothing among prices and a name among names.
 */
import type { JsonValue } from '../../../core/message.js';
import { isDecimal, parseDecimal } from '../../text/exact-number.js';

/**
 * In a column of numbers these are null, in any case of letters; an empty field is null in every
 * column.
 */
const NULL_WORDS: ReadonlySet<string> = new Set([
  'null',
  'nil',
  'none',
  'na',
  'n/a',
  '#n/a',
  'n.a.',
  'nan',
  '-nan',
  '-',
  '--',
  '.',
  '?',
  '\\n',
]);

/** 1,5 and -0,25: a decimal comma, where commas do not divide columns. */
const WITH_COMMA = /^-?(0|[1-9]\d*),\d+$/;
/**
 * 1.234,56: beyond doubt, as no point comes after another, or before a comma, in any other number.
 */
const WITH_POINTS_AND_COMMA = /^-?[1-9]\d{0,2}(\.\d{3})+,\d+$/;
/** 1,234 or 1,234,567.5, and 1.234.567,5: thousands set apart. */
const THOUSANDS = /^[-+]?\d{1,3}(?:([,.' \u00a0\u2009\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d+)?$/;
/** .5, 5., +1.5 and 1.5%: numbers to a reader, and no plain decimals. */
const ODD_NUMBER = /^(?:[-+]?\.\d+|[-+]?\d+\.|\+\d+(?:\.\d+)?|[-+]?\d*\.?\d+ ?%)$/;

/** So many rows of text in a column of numbers are worth a closer look. */
const FEW_TEXTS = 5;

export type FieldKind = 'empty' | 'null word' | 'number' | 'long number' | 'comma number' | 'text';

export function kindOf(text: string): FieldKind {
  if (text === '') return 'empty';
  if (parseDecimal(text) !== undefined) return 'number';
  if (isDecimal(text)) return 'long number';
  if (WITH_COMMA.test(text) || WITH_POINTS_AND_COMMA.test(text)) return 'comma number';
  return NULL_WORDS.has(text.toLowerCase()) ? 'null word' : 'text';
}

/**
 * Counts the fields of one column by their kind, and gives the value of each once all are known.
 */
export class FieldColumn {
  readonly name: string;
  readonly counts: Record<FieldKind, number> = {
    empty: 0,
    'null word': 0,
    number: 0,
    'long number': 0,
    'comma number': 0,
    text: 0,
  };
  /** Rows (from 0) of the first of a kind. */
  readonly first: Partial<Record<FieldKind, number>> = {};
  /** Numbers with a point in them: 1.5. */
  points = 0;
  firstPoint = 0;
  /** The first field that seems to set thousands apart. */
  thousands: { readonly row: number; readonly text: string } | undefined;
  /** The first field that spells a number in another way. */
  oddNumber: number | undefined;
  /** Rows with text, as long as they are few. */
  readonly textRows: number[] = [];
  /** Comma numbers whose comma can set no thousands apart: 1,5 and 0,125. */
  decimalCommas = 0;
  /** Fields that are not empty. */
  #filled = 0;

  constructor(name: string) {
    this.name = name;
  }

  see(text: string, row: number): FieldKind {
    const kind = kindOf(text);
    this.counts[kind] += 1;
    if (kind !== 'empty') this.#filled += 1;
    this.first[kind] ??= row;
    if (kind === 'number' && text.includes('.')) {
      if (this.points === 0) this.firstPoint = row;
      this.points += 1;
    }
    if (kind === 'text' && this.counts.text <= FEW_TEXTS) this.textRows.push(row);
    if (kind === 'text' && this.oddNumber === undefined && ODD_NUMBER.test(text))
      this.oddNumber = row;
    if (kind === 'text' || kind === 'comma number') {
      if (this.thousands === undefined && THOUSANDS.test(text)) this.thousands = { row, text };
    }
    if (kind === 'comma number' && !/^-?[1-9]\d{0,2},\d{3}$/.test(text)) this.decimalCommas += 1;
    return kind;
  }

  /** Numbers, but for a few rows of text. */
  get isNearlyNumeric(): boolean {
    const { number, text, 'comma number': comma } = this.counts;
    return number + comma > 0 && text > 0 && text <= FEW_TEXTS;
  }

  /** Numbers and text, and at least as many numbers: who reads it as numbers will miss some. */
  get isMostlyNumeric(): boolean {
    const { number, text, 'comma number': comma } = this.counts;
    return text > 0 && number + comma >= text;
  }

  /** @param commas whether a comma is the decimal point of this file */
  valueOf(text: string, commas: boolean): JsonValue {
    if (text === '') return null;
    const { number, 'long number': long } = this.counts;
    // All alike, as most columns are: nothing to look at once more.
    if (number === this.#filled) return Number(text);
    if (number === 0 && this.counts.text === this.#filled) return text;
    // Where digits would be lost all numbers of the column stay text: 9007199254740992 beside
    // 9007199254740993.
    if (!this.#isNumeric(commas)) return long === 0 ? (parseDecimal(text) ?? text) : text;
    const kind = kindOf(text);
    if (kind === 'null word') return null;
    return (
      parseDecimal(kind === 'comma number' ? text.replaceAll('.', '').replace(',', '.') : text) ??
      text
    );
  }

  /** Every field is a number or stands for none. */
  #isNumeric(commas: boolean): boolean {
    const { counts } = this;
    const others = counts.text + counts['long number'] + (commas ? 0 : counts['comma number']);
    return others === 0 && counts.number + counts['comma number'] > 0;
  }
}
