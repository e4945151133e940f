import { testImages } from '../images.ts';
import { startNode } from './node.ts';

/**
 * A node to play with: `npx tsx test/cluster/node/hold.ts [--beside] [--dual-stack]`, as root. Prints one line of JSON that says where it
 * is, and holds it until the process is ended, however it is ended.
 */
const images = await testImages();
const start = performance.now();
const node = await startNode({ images, beside: process.argv.includes('--beside'), dualStack: process.argv.includes('--dual-stack') });
const seconds = ((performance.now() - start) / 1000).toFixed(1);
process.stderr.write(`ready after ${seconds} s\n`);
process.stdout.write(`${JSON.stringify({ ...node.facts, kubeconfig: node.api.kubeconfig(), kubectl: `${node.api.programs}/kubectl` })}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void node.stop());
