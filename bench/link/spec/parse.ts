/** What `--link` says: `none`, a profile, a spec, or a profile with parts of its own. Pure. */
import { LabError } from '../../../src/errors.js';
import { expandAlternatives } from '../../../src/options/alternatives.js';
import { badValue, parseList, parseName } from '../../../src/options/values.js';
import { type LinkSpec, NO_LINK } from '../link-spec.js';
import { directionSpec, type ReadTrace, uplinkSpec } from './direction.js';
import { type Parts, partsText, readParts, splitParts } from './parts.js';
import { PROFILE_NAMES, PROFILES } from './profiles.js';

/** So long is the name of a link in a result at most. */
const MOST_CHARACTERS = 8_000;
const NOTHING: Parts = new Map();

/**
 * `flag` is what messages call the option.
 * @throws LAB_ERR_UNKNOWN_LINK for a name that no profile has; LAB_ERR_BAD_VALUE for a part that is
 * wrong, or that is impossible beside the others; what `readTrace` throws
 */
export function parseLink(flag: string, text: string, readTrace: ReadTrace): LinkSpec {
  if (text.length > MOST_CHARACTERS)
    throw badValue(flag, text, 'is too long', `at most ${MOST_CHARACTERS} characters`);
  const given = splitParts(text);
  const base = given[0]?.includes('=') === true ? NO_LINK : profileNamed(flag, given.shift() ?? '');
  const profile = readParts(base, splitParts(PROFILES[base]!.parts), NOTHING);
  const { own, all } = readParts(flag, given, profile.all);
  const names = [...(base === NO_LINK ? [] : [base]), ...partsText(own, base !== NO_LINK)];
  return {
    name: names.length === 0 ? NO_LINK : names.join('/'),
    text: partsText(all, false).join('/') || NO_LINK,
    up: directionSpec(flag, 'up', all, readTrace),
    down: directionSpec(flag, 'down', all, readTrace),
    uplink: uplinkSpec(flag, all),
  };
}

/**
 * The links of a comma list, in which `delay={5ms,25ms}` is two; a comma before a mere number goes
 * on with a list of packets. @throws as `parseLink` and `expandAlternatives`, and
 * LAB_ERR_BAD_VALUE for an empty item and for two that are the same
 */
export function parseLinks(flag: string, text: string, readTrace: ReadTrace): LinkSpec[] {
  const listed = expandAlternatives(flag, text);
  const kept = listed.replace(/,(?=\d+(?:[,/]|$))/g, '\0');
  const links: LinkSpec[] = [];
  parseList(flag, kept, (item) => {
    const link = parseLink(flag, item.replaceAll('\0', ','), readTrace);
    links.push(link);
    return link.name;
  });
  return links;
}

/** @throws LAB_ERR_UNKNOWN_LINK */
function profileNamed(flag: string, name: string): string {
  try {
    return parseName(flag, name, PROFILE_NAMES, 'LAB_ERR_UNKNOWN_LINK');
  } catch (error) {
    const { code, message, hint } = LabError.from(error);
    throw new LabError(code, message, { hint: `${hint}; or write a spec: delay=20ms/loss=1%` });
  }
}
