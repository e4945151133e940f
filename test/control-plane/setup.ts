import { controlPlanePrograms } from '../cluster/build.ts';

/** Builds the control plane before the first test of this tier, where no time limit of a test applies. */
export default async function setup(): Promise<void> {
  await controlPlanePrograms();
}
