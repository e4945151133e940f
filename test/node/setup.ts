import type { TestProject } from 'vitest/node';
import { testImages } from '../cluster/images.ts';
import { startNode } from '../cluster/node/node.ts';
import type { NodeFacts } from '../cluster/node/open.ts';
import { whyNoNode } from '../cluster/node/requirements.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The node that all files of the tier share. */
    readonly node: NodeFacts;
  }
}

/** Starts one node before the first test of this tier, and takes it down after the last. What it needs is built here, without a time limit. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const problem = await whyNoNode();
  if (problem !== undefined) throw new Error(`the node tier cannot run: ${problem}`);
  const images = await testImages();
  const start = performance.now();
  const node = await startNode({ images });
  process.stderr.write(`the node was ready after ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  project.provide('node', node.facts);
  return node.stop;
}
