/** What is injected, one kind of fault after the other. */

import type { SelftestCheck } from './check.js';
import type { FaultInjection, ScenarioName } from './fault-injection.js';
import { corruptionScenario } from './scenarios/corruption.js';
import { delayScenario } from './scenarios/delay.js';
import { duplicatesScenario } from './scenarios/duplicates.js';
import { fanOutScenario } from './scenarios/fan-out.js';
import { instrumentScenario } from './scenarios/instrument.js';
import { jitterScenario } from './scenarios/jitter.js';
import { lossScenario } from './scenarios/loss.js';
import { reorderingScenario } from './scenarios/reordering.js';
import { stallScenario } from './scenarios/stall.js';

/** Injects faults into null cells and compares; the same seed gives the same checks. */
type Scenario = (seed: number, injection: FaultInjection) => Promise<readonly SelftestCheck[]>;

/** In the order in which they run. */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  delay: delayScenario,
  loss: lossScenario,
  duplicates: duplicatesScenario,
  reordering: reorderingScenario,
  corruption: corruptionScenario,
  stall: stallScenario,
  jitter: jitterScenario,
  instrument: instrumentScenario,
  'fan-out': fanOutScenario,
};
