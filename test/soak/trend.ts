/** A value that was looked at at a time, in seconds. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

/** How a value changes: per hour, with the ends of the interval that holds the true slope in 95 of 100 runs. */
export interface Trend {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
}

/** Samples that follow each other resemble each other, so that each of these parts counts as one: their middles are nearly independent. */
const PARTS = 10;
/** Student's t for 95 % on two sides with PARTS - 2 degrees of freedom. */
const T = 2.306;

/** The straight line through the values of ten parts of equal length (least squares). `ofPart`: which value stands for a part. */
export function trendOf(samples: readonly Sample[], ofPart: (values: readonly number[]) => number = mean): Trend {
  const size = Math.floor(samples.length / PARTS);
  if (size === 0) throw new Error(`${samples.length} samples are too few for ${PARTS} parts`);
  const points = Array.from({ length: PARTS }, (_, index) => {
    const part = samples.slice(index * size, (index + 1) * size);
    return { x: mean(part.map(({ at }) => at)) / 3600, y: ofPart(part.map(({ value }) => value)) };
  });
  const middle = { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) };
  const spread = sum(points.map(({ x }) => (x - middle.x) ** 2));
  const perHour = sum(points.map(({ x, y }) => (x - middle.x) * (y - middle.y))) / spread;
  const rest = sum(points.map(({ x, y }) => (y - middle.y - perHour * (x - middle.x)) ** 2));
  const error = T * Math.sqrt(rest / (PARTS - 2) / spread);
  return { perHour, low: perHour - error, high: perHour + error };
}

/** `+1.2 MiB/h (95 %: -0.4 to +2.8)`. */
export function trendText({ perHour, low, high }: Trend, unit: string): string {
  return `${signed(perHour)} ${unit}/h (95 %: ${signed(low)} to ${signed(high)})`;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
