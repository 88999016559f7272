/**
 * The close code (RFC 6455 §7.4, IANA's registry) that stands for an END's reason: what a browser
 * sees of it in `event.code`.
 */
export function closeCodeOf(reason: string): number {
  return CODES[reason] ?? POLICY_VIOLATION;
}

const POLICY_VIOLATION = 1_008;
const TRY_AGAIN_LATER = 1_013;

const CODES: Readonly<Record<string, number>> = {
  closed: 1_000,
  LAB_ERR_CLOSED: 1_001,
  LAB_ERR_INTERNAL: 1_011,
  LAB_ERR_MAX_CLIENTS: TRY_AGAIN_LATER,
  LAB_ERR_MAX_FILTERS: TRY_AGAIN_LATER,
};
