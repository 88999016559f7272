/** One figure of the instrument held against what was injected. */
export interface SelftestCheck {
  /** `loss: lost messages`: the scenario, and the figure. */
  readonly name: string;
  readonly injected: number;
  /** What the instrument says; null when it says nothing. */
  readonly recovered: number | null;
  /** Largest difference that passes, in `unit`; 0 = must be exact. */
  readonly tolerance: number;
  readonly unit: string;
  readonly passed: boolean;
}

/** Compares figures of one scenario. */
export class Checks {
  readonly all: SelftestCheck[] = [];
  readonly #scenario: string;

  constructor(scenario: string) {
    this.#scenario = scenario;
  }

  /** Counts, and times that no histogram has rounded. */
  exact(figure: string, unit: string, injected: number, recovered: number | null): void {
    this.within(figure, unit, injected, recovered, 0);
  }

  /** Percentiles: a histogram of 3 significant digits tells a value to within 0.1 %. */
  percentile(figure: string, injected: number, recovered: number | null): void {
    this.within(figure, 'us', injected, recovered, injected * HISTOGRAM_RESOLUTION);
  }

  /**
   * Figures made by another formula than the expected ones: the last digits of a double may differ.
   */
  computed(figure: string, unit: string, injected: number, recovered: number | null): void {
    this.within(figure, unit, injected, recovered, Math.abs(injected) * ROUNDING);
  }

  within(
    figure: string,
    unit: string,
    injected: number,
    recovered: number | null,
    tolerance: number,
  ): void {
    const passed = recovered !== null && Math.abs(recovered - injected) <= tolerance;
    this.all.push({
      name: `${this.#scenario}: ${figure}`,
      injected,
      recovered,
      tolerance,
      unit,
      passed,
    });
  }
}

const HISTOGRAM_RESOLUTION = 0.001;
const ROUNDING = 1e-9;
