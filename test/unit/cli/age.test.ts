import { expect, it } from 'vitest';
import { age } from '../../../src/cli/age.ts';

const NOW = new Date('2026-03-01T12:00:00.900Z');
const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

it.each<[seconds: number, text: string]>([
  [-5, '0s'],
  [0, '0s'],
  [45, '45s'],
  [119, '119s'],
  [2 * MINUTE, '2m'],
  [59 * MINUTE + 59, '59m'],
  [119 * MINUTE, '119m'],
  [2 * HOUR, '2h'],
  [3 * HOUR + 20 * MINUTE + 5, '3h20m'],
  [8 * HOUR + 20 * MINUTE, '8h'],
  [47 * HOUR, '47h'],
  [2 * DAY, '2d'],
  [5 * DAY + 4 * HOUR, '5d4h'],
  [8 * DAY + 4 * HOUR, '8d'],
  [400 * DAY, '400d'],
])('%d seconds ago is %s', (seconds, text) => {
  expect(age(new Date(NOW.getTime() - seconds * 1000), NOW)).toBe(text);
});
