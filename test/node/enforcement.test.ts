import { beforeAll, expect, it } from 'vitest';
import { controllerAddresses, withControllerArgs } from '../support/controller-patch.ts';
import { installed } from '../support/install.ts';
import { eventsOf, seriesValue, statusOf } from '../support/on-server.ts';
import { sharedNode } from './shared.ts';

const node = sharedNode();
const { api } = node;

const OWN = 'portcullis-system';
const PERIOD = ['--enforcement-period', '10'];
const DEADLINE = { timeout: 90_000, interval: 250 };

beforeAll(() => installed(node), 900_000);

/** What the status says of the node or of its agent, without names and times that are new each time. */
async function said(key: 'nodes' | 'agents' = 'nodes'): Promise<string> {
  return ((await statusOf(api))?.[key] ?? '')
    .replaceAll(/10\.244\.0\.\d+/g, 'AGENT')
    .replaceAll(/portcullis-controller-\w+-\w+/g, 'CONTROLLER')
    .replaceAll(/\d{4}-[\dT:.-]+Z/g, 'TIME');
}

/** The controllers' count of nodes by a series; one of them leads, and the others know nothing. */
async function counted(series: string): Promise<number> {
  const counts = await Promise.all(
    (await controllerAddresses(node)).map(async (host) => {
      await using exposed = await node.expose({ host, port: 8081 });
      const metrics = await (await fetch(`http://127.0.0.1:${exposed.port}/metrics`)).text();
      return seriesValue(metrics, series);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

const countedNodes = (state: string) => counted(`portcullis_enforcement{scope="node",state="${state}"}`);

const PROBED = `(probed from ${OWN}/CONTROLLER at TIME)`;
const ENFORCED = `node1: enforced: 9444/TCP of its agent answers at AGENT, and 9445/TCP is shut ${PROBED}`;
const BROKEN = `node1: not enforced: 9445/TCP of its agent answers at AGENT, and no policy permits it ${PROBED}`;

it('says of a node whether it enforces policies, by what was probed, and when that changes', { timeout: 400_000 }, async () => {
  await withControllerArgs(node, PERIOD, async () => {
    await expect.poll(() => said(), DEADLINE).toBe(ENFORCED);
    await expect.poll(() => countedNodes('enforced'), DEADLINE).toBe(1);
    await node.enforcement.without(async () => {
      await expect.poll(() => said(), DEADLINE).toBe(BROKEN);
      await expect.poll(() => countedNodes('not enforced'), DEADLINE).toBe(1);
      const told = async () => (await eventsOf(api, OWN)).filter((event) => event.includes('PolicyNotEnforced'));
      await expect
        .poll(told, DEADLINE)
        .toContainEqual(
          expect.stringMatching(
            /^Namespace portcullis-system PolicyNotEnforced: the policies of node node1 are present and not enforced: 9445\/TCP of its agent answers at [\d.]+, and no policy permits it; look at the network plugin$/,
          ),
        );
    });
    await expect.poll(() => said(), DEADLINE).toBe(ENFORCED);
    await expect.poll(() => countedNodes('not enforced'), DEADLINE).toBe(0);
    const back = async () => (await eventsOf(api, OWN)).some((event) => event.includes('PolicyEnforced: the policies of node node1'));
    await expect.poll(back, DEADLINE).toBe(true);
  });
});

it('says how the agent of each node is doing', { timeout: 400_000 }, async () => {
  await expect.poll(() => said('agents'), DEADLINE).toBe('node1: answers since TIME');
  await expect.poll(() => counted('portcullis_agents{state="watching"}'), DEADLINE).toBe(1);
  expect(await counted('portcullis_agents{state="missing"}')).toBe(0);
});
