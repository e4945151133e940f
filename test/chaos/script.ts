import { type Random, randomOf } from '../fuzz/random.ts';
import { ALWAYS, FIRST_VERSION, GROUPS, NEVER, nextVersion, SOMETIMES, type Version } from './versions.ts';

/** What clients do to the cluster during a run. */
export type Step =
  | { readonly step: 'make namespace'; readonly namespace: string }
  | { readonly step: 'label namespace'; readonly namespace: string; readonly team: string }
  | { readonly step: 'delete namespace'; readonly namespace: string }
  | { readonly step: 'make pod'; readonly namespace: string; readonly pod: string; readonly app: string; readonly port: number }
  | { readonly step: 'label pod'; readonly namespace: string; readonly pod: string; readonly app: string }
  | { readonly step: 'delete pod'; readonly namespace: string; readonly pod: string }
  | { readonly step: 'edit template'; readonly version: Version };

export interface Amount {
  readonly namespaces: number;
  readonly pods: number;
}

const APPS = ['web', 'db'] as const;
/** One edit of the template in so many new objects, and never fewer than some edits in a run: each makes the product write a sixth of all policies. */
const OBJECTS_AN_EDIT = 100;
const FEWEST_EDITS = 6;

interface World {
  readonly random: Random;
  readonly namespaces: string[];
  readonly pods: { readonly namespace: string; readonly pod: string }[];
  version: Version;
}

/** The steps of a run, in order: the same seed makes the same ones. No name is used twice. */
export function makeScript(seed: number, { namespaces, pods }: Amount): Step[] {
  const world: World = { random: randomOf(seed, 0), namespaces: [], pods: [], version: FIRST_VERSION };
  const steps: Step[] = [];
  const every = Math.max(1, Math.min(OBJECTS_AN_EDIT, Math.floor((namespaces + pods) / FEWEST_EDITS)));
  for (let made = 0; made < namespaces + pods; made += 1) {
    const left = namespaces - steps.filter(({ step }) => step === 'make namespace').length;
    const isNamespace = world.namespaces.length === 0 || world.random.below(namespaces + pods - made) < left;
    steps.push(...(isNamespace && left > 0 ? aroundNamespace(world, made) : aroundPod(world, made)));
    if (made % every === every - 1) steps.push(edit(world));
  }
  return steps;
}

/** A new namespace, and sometimes something that happens to an older one. */
function aroundNamespace({ random, namespaces }: World, number: number): Step[] {
  const namespace = `${random.pick(GROUPS)}-${number}`;
  const steps: Step[] = [{ step: 'make namespace', namespace }];
  if (random.oneIn(8) && namespaces.length > 5) steps.push({ step: 'delete namespace', namespace: takeOut(namespaces, random) });
  const other = namespaces[random.below(namespaces.length)];
  if (random.oneIn(6) && other !== undefined) steps.push({ step: 'label namespace', namespace: other, team: `team-${random.below(9)}` });
  namespaces.push(namespace);
  return steps;
}

/** A new pod, permitted or not, and sometimes something that happens to an older one. */
function aroundPod({ random, namespaces, pods }: World, number: number): Step[] {
  const namespace = namespaces[random.below(namespaces.length)] ?? '';
  const pod = `pod-${number}`;
  const port = random.oneIn(8) ? NEVER : random.oneIn(2) ? ALWAYS : random.pick(SOMETIMES);
  const steps: Step[] = [{ step: 'make pod', namespace, pod, app: random.pick(APPS), port }];
  if (random.oneIn(5) && pods.length > 5) steps.push({ step: 'delete pod', ...takeOut(pods, random) });
  const other = pods[random.below(pods.length)];
  if (random.oneIn(5) && other !== undefined) steps.push({ step: 'label pod', ...other, app: random.pick(APPS) });
  pods.push({ namespace, pod });
  return steps;
}

function edit(world: World): Step {
  world.version = nextVersion(world.version, world.random);
  return { step: 'edit template', version: world.version };
}

function takeOut<T>(list: T[], random: Random): T {
  const [taken] = list.splice(random.below(list.length), 1);
  if (taken === undefined) throw new Error('nothing to take out');
  return taken;
}
