import { parseArgs } from 'node:util';
import { recordFigures } from '../reliability/record.ts';
import { runSoak } from './soak.ts';
import { soakVerdict } from './verdict.ts';

/** `npm run soak -- --minutes N --reviews N`: does the program grow over time? Exits with 1 where it does. */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, reviews: { type: 'string', default: '200' } } });
const [minutes, reviewsPerSecond] = [Number(values.minutes), Number(values.reviews)];
if (!(minutes > 0 && reviewsPerSecond > 0)) throw new Error('--minutes and --reviews take a number above 0');

const result = await runSoak({
  seconds: minutes * 60,
  warmUpSeconds: minutes * 24,
  reviewsPerSecond,
  progress: ({ at, rssMiB, heapMiB, files, sockets }) => {
    const line = `${at.toFixed(0)} s  memory ${rssMiB.toFixed(1)} MiB  heap ${heapMiB.toFixed(1)} MiB  files ${files}  sockets ${sockets}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
    else if (Math.round(at) % 30 === 0) process.stderr.write(`${line}\n`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\n');
const { figures, grew } = soakVerdict(result);
for (const sentence of [...grew, ...(result.reviews.failed > 0 ? [`${result.reviews.failed} reviews failed`] : [])]) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
const command = `npm run soak -- --minutes ${minutes} --reviews ${reviewsPerSecond}`;
if (process.exitCode !== 1) await recordFigures({ name: 'soak', command, figures });
else for (const { what, value } of figures) process.stderr.write(`  ${what}: ${value}\n`);
