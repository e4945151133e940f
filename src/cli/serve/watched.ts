import { configMapAcceptedStore } from '../../adapters/kube/accepted-template.ts';
import { watchCluster } from '../../adapters/kube/cluster-view.ts';
import { configMapTemplateSource } from '../../adapters/kube/configmaps.ts';
import type { Controller } from '../../app/controller.ts';
import type { Liveness } from '../../app/liveness.ts';
import { type ObservedPairs, observePairs } from '../../app/observed-pairs.ts';
import { makeTemplateKeeper, type TemplateKeeper } from '../../app/template-keeper.ts';
import type { TemplateState } from '../../app/template-state.ts';
import type { Stop } from '../../ports.ts';
import { factsOf, readTemplateText } from './cluster-review.ts';
import { forgetOnly } from './forget-only.ts';
import type { ClusterParts } from './parts.ts';
import { healthOfWatches } from './watch-health.ts';

/** Who is told of changes; the controller puts itself here once everything is there. */
export interface Listening {
  controller: Controller | undefined;
  settled: (state: TemplateState) => void;
}

/** All that is watched, with what was made of it. */
export interface Watching extends ClusterParts {
  /** Resolves when the last good template was read and every cache filled once. */
  ready(): Promise<void>;
  readonly stop: Stop;
}

type Base = Pick<ClusterParts, 'options' | 'transport' | 'metrics' | 'log'>;

/** Begins to watch what every role needs. Nothing is known before `ready`. */
export function watchEverything(base: Base, { listening, liveness }: { listening: Listening; liveness: Liveness }): Watching {
  const { options, transport, metrics, log } = base;
  const observed: ObservedPairs = observePairs({
    authority: () => known(keeper),
    facts: () => factsOf(watch),
    policies: (namespace) => watch.view.policies(namespace),
  });
  const keeper = makeTemplateKeeper({
    read: readTemplateText,
    ownNamespace: options.namespace,
    agentNamespace: options.agentNamespace,
    metrics,
    log,
    changed: () => (controller() ?? forgetful).everythingChanged(),
    settled: (state) => listening.settled(state),
  });
  // Without a template there is nothing to bring about; without the role there is nobody to do it.
  const controller = () => (keeper.authority() === undefined ? undefined : listening.controller);
  const forgetful = forgetOnly(observed);
  const health = healthOfWatches({ liveness, metrics, log });
  const watch = watchCluster(transport, {
    namespaceChanged: (change) => (controller() ?? forgetful).namespaceChanged(change),
    policyChanged: (namespace, change) => (controller() ?? forgetful).policyChanged(namespace, change),
    podChanged: (change) => (controller() ?? forgetful).podChanged(change),
    apiServerChanged: () => (controller() ?? forgetful).everythingChanged(),
    health,
  });
  const source = configMapTemplateSource(transport, {
    namespace: options.namespace,
    health: health('configmaps'),
  });
  let stopSource: Stop = async () => {};
  return {
    ...base,
    watch,
    keeper,
    observed,
    health,
    controllerUser: `system:serviceaccount:${options.namespace}:portcullis-controller`,
    ready: async () => {
      const accepted = await configMapAcceptedStore(transport, options.namespace).read();
      if (accepted !== undefined) keeper.take(accepted);
      await watch.synced;
      stopSource = await source.watch((groups) => keeper.take(groups));
    },
    stop: async () => {
      await stopSource();
      await watch.stop();
    },
  };
}

function known(keeper: TemplateKeeper): NonNullable<ReturnType<TemplateKeeper['authority']>> {
  const authority = keeper.authority();
  if (authority === undefined) throw new Error('no template was ever accepted');
  return authority;
}
