import { testImages } from '../test/cluster/images.ts';
import { startNode } from '../test/cluster/node/node.ts';
import { whyNoNode } from '../test/cluster/node/requirements.ts';
import { tellStory } from './cluster-story.ts';

/** The running example on a real node that is made for it and leaves nothing: `npm run demo:cluster`, as root. */
const say = (text: string) => process.stdout.write(`${text}\n`);

process.exitCode = await main();

async function main(): Promise<number> {
  const problem = await whyNoNode();
  if (problem !== undefined) {
    say(`This machine cannot run the demo on a node: ${problem}. npm run demo needs no cluster.`);
    return 1;
  }
  say('Portcullis in a cluster: the running example on a real node.\n');
  say('The node starts: etcd, API server, kubelet, containerd and an agent that enforces NetworkPolicies, in namespaces of their own.');
  const node = await startNode({ images: await testImages(), beside: process.argv.includes('--beside') });
  const stop = async () => {
    await node.stop();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
  try {
    say('It is ready.\n');
    return (await tellStory(node)) ? 0 : 1;
  } catch (error) {
    say(`\nThe demo ended early: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    await node.stop();
    say('\nThe node is gone.');
  }
}
