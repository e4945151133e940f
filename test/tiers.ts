import { addonPrograms, controlPlanePrograms, whyNoControlPlane } from './cluster/build.ts';
import { testImages } from './cluster/images.ts';
import { whyNoNode } from './cluster/node/requirements.ts';
import { action, command, cruise, vitest } from './tiers/steps.ts';
import { runTiers, select, type Tier } from './tiers/tier.ts';

/**
 * `npm test`: all that is checked, in the order in which it fails fastest. PORTCULLIS_TIERS says which tiers run: unset, those that this
 * machine can; `all`, every one, and one that cannot run is a failure; or the name of one tier.
 */
const tiers: readonly Tier[] = [
  {
    name: 'fast',
    whyNot: async () => undefined,
    steps: [
      command('lint', 'biome', 'check', '.'),
      command('types', 'tsc', '-p', 'tsconfig.json'),
      cruise('architecture', 'src', '--config', '.dependency-cruiser.cjs'),
      command('dead code', 'knip'),
      vitest('fast tests', 'fast'),
    ],
  },
  {
    name: 'control-plane',
    whyNot: whyNoControlPlane,
    steps: [action('control plane programs', controlPlanePrograms), vitest('control plane tests', 'control-plane')],
  },
  {
    name: 'node',
    whyNot: whyNoNode,
    steps: [
      action('node programs', () => Promise.all([controlPlanePrograms(), addonPrograms()])),
      action('node images', testImages),
      vitest('node tests', 'node'),
    ],
  },
];

const selection = select(tiers, process.env.PORTCULLIS_TIERS);
const total = await runTiers(selection, (line) => process.stdout.write(`${line}\n`));
process.exitCode = total.failed === 0 ? 0 : 1;
