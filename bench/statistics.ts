/** Median and spread of one figure over interleaved rounds. A figure is a ratio in one run: the machines are shared and noisy. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The figure of these samples; at least one. */
export function figure(samples: readonly number[]): Figure {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { median: at(0.5), min: at(0), max: at(1) };
}

/** The value below which this share of the samples lies (0.99: the 99th percentile). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** One row of the report. */
export interface BenchRow {
  readonly what: string;
  readonly measured: string;
  /** What section "figures" of the design asks for, where it asks. */
  readonly goal: string;
  readonly reached?: boolean;
  readonly data: unknown;
}
