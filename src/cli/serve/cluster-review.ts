import type { ClusterWatch } from '../../adapters/kube/cluster-view.ts';
import { keepTemplate } from '../../adapters/kube/configmaps.ts';
import { readDocuments, TEMPLATE_LIMITS } from '../../adapters/yaml/read.ts';
import { makeReview, type Review } from '../../app/review.ts';
import { decideTemplateEdit } from '../../app/template-edit.ts';
import type { TemplateKeeper } from '../../app/template-keeper.ts';
import type { AdmissionRequest } from '../../core/admission.ts';
import type { GateFacts } from '../../core/decide/facts.ts';
import type { SourceText } from '../../core/document.ts';
import type { ClusterFacts } from '../../core/pair/peers.ts';
import type { ClusterParts } from './parts.ts';

/** The hooks over the caches of a cluster. */
export function clusterReview(parts: ClusterParts): Review {
  const { keeper, watch, observed, options, controllerUser } = parts;
  const facts = (): GateFacts | undefined => {
    const authority = keeper.authority();
    if (authority === undefined) return undefined;
    return {
      authority,
      pairObserved: observed.inPlace,
      terminating: (namespace) => watch.view.namespace(namespace)?.terminating === true,
      isController: (username) => username === controllerUser,
      policiesManaged: options.policies !== 'external',
      // Asked for seldom: a list of all namespaces is not made for every pod.
      get cluster() {
        return factsOf(watch);
      },
    };
  };
  const templateEdit = (request: AdmissionRequest) =>
    decideTemplateEdit(request, {
      keeper,
      read: readTemplateText,
      ownNamespace: options.namespace,
      agentNamespace: options.agentNamespace,
      groupOf: keepTemplate,
      runningPods: () => watch.view.namespaces().flatMap(({ name }) => watch.view.pods(name).filter(({ running }) => running)),
      cluster: () => factsOf(watch),
    });
  return makeReview({ facts, templateEdit });
}

/** What the pair of a namespace depends on beside the template, as the caches show it when it is asked: most pairs ask for no list of namespaces. */
export function factsOf({ view }: ClusterWatch): ClusterFacts {
  return {
    get namespaces() {
      return view.namespaces().map(({ name }) => name);
    },
    get apiServer() {
      return view.apiServer();
    },
  };
}

/** What is missing to be ready: a template (caches are filled before anything listens). */
export function missingParts({ keeper }: ClusterParts): string[] {
  return keeper.authority() === undefined ? ['no template was ever accepted'] : [];
}

/** The mode of the namespace that a request is about; `none` without a template. */
export function modeOf(keeper: TemplateKeeper, request: AdmissionRequest): string {
  const name = request.kind.kind === 'Namespace' ? request.name : request.namespace;
  return keeper.authority()?.namespace(name).mode ?? 'none';
}

/** Reads a text of the template, within its limits. */
export function readTemplateText(source: SourceText) {
  return readDocuments(source, TEMPLATE_LIMITS);
}
