import { expect, it } from 'vitest';
import { type ExitCode, worst } from '../../../src/cli/exit-code.ts';

it.each<[codes: ExitCode[], code: ExitCode]>([
  [[], 0],
  [[0, 0], 0],
  [[1, 0], 1],
  [[1, 2, 1], 2],
  [[0, 3, 2, 1], 3],
])('of %j the code of the run is %d', (codes, code) => {
  expect(worst(codes)).toBe(code);
});
