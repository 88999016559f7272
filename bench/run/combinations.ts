/** Which transports are measured, each with which codec and settings, under every load. Pure. */
import { transportTable } from '../../src/transports/registry.js';
import { DEFAULT_CONGESTION, type LocalCell, type RunConfig, type Stack } from '../config.js';

/** What a workload is measured with. */
export type Combination = Pick<
  LocalCell,
  'transport' | 'codec' | 'flush' | 'repair' | 'congestion' | 'policy'
>;

/**
 * The stacks, or every transport; each with all values of the lists that it does not name. A
 * transport that has no repair, or no congestion control, has one value of it, whatever is asked
 * for.
 */
export function combinationsOf(config: RunConfig): Combination[] {
  const stacks = config.stacks ?? config.transports.map((transport): Stack => ({ transport }));
  return stacks.flatMap((stack) => combinationsOfStack(config, stack));
}

function combinationsOfStack(config: RunConfig, stack: Stack): Combination[] {
  const { transport } = stack;
  const valuesOf = <T>(said: T | undefined, listed: readonly T[]): readonly T[] =>
    said === undefined ? listed : [said];
  const codecs = valuesOf(stack.codec, config.codecs);
  const flushes = valuesOf(stack.flush, config.flushes);
  const repairs = takes(transport, 'repair')
    ? valuesOf(stack.repair, config.repairs)
    : (['none'] as const);
  const congestions = takes(transport, 'congestion')
    ? valuesOf(stack.congestion, config.congestions)
    : [DEFAULT_CONGESTION];
  const policies = valuesOf(stack.policy, config.policies);
  return codecs.flatMap((codec) =>
    flushes.flatMap((flush) =>
      repairs.flatMap((repair) =>
        congestions.flatMap((congestion) =>
          policies.map((policy) => ({ transport, codec, flush, repair, congestion, policy })),
        ),
      ),
    ),
  );
}

/** Whether a transport has an option of this name. */
export function takes(transport: string, option: string): boolean {
  return transportTable(transport).some(({ name }) => name === option);
}

/** The values of one setting that are measured, each once, in their order. */
export function valuesIn<K extends keyof Combination>(
  config: RunConfig,
  name: K,
): Combination[K][] {
  return [...new Set(combinationsOf(config).map((one) => one[name]))];
}

/** Of a stack in this order: a policy has slashes of its own. */
const PARTS = ['codec', 'flush', 'repair', 'congestion', 'policy'] as const;

/** As `--stack` has it: `udp/repair=nak`. */
export function stackText(stack: Stack): string {
  const said = PARTS.filter((part) => stack[part] !== undefined);
  return [stack.transport, ...said.map((part) => `${part}=${stack[part]}`)].join('/');
}
