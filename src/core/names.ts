/** The names by which Portcullis marks what is its own. */

export const POLICY_PREFIX = 'portcullis-';
export const BLOCK_POLICY = 'portcullis-block';
export const ALLOW_POLICY = 'portcullis-allow';

export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'portcullis';

/** On a policy: the hash of the template that it was made from. */
export const TEMPLATE_ANNOTATION = 'portcullis.dev/template';
/** On a policy: the rules that it was made from. */
export const RULES_ANNOTATION = 'portcullis.dev/rules';

/** On a namespace, value `open`: there is nothing to mutate (its pair was observed, or its mode is not enforce). Set by the controller only. */
export const GATE_LABEL = 'portcullis.dev/gate';
export const GATE_OPEN = 'open';

/** On a pod: no allow policy of a namespace with `onViolation: quarantine` selects it. */
export const QUARANTINE_LABEL = 'portcullis.dev/quarantine';

/** Of the labels that are Portcullis' own. */
export const OWN_LABEL_PREFIX = 'portcullis.dev/';

/** Of the labels that the API server itself copies from a node to its pods (Kubernetes: admission plugin PodTopologyLabels). */
export const TOPOLOGY_LABEL_PREFIX = 'topology.kubernetes.io/';

/** The scheduling gate that holds a pod until the policies of its namespace were observed. */
export const SCHEDULING_GATE = 'portcullis.dev/policies';

/** The ConfigMap that holds the template, and the label of further ones. */
export const TEMPLATE_CONFIGMAP = 'portcullis-template';
export const TEMPLATE_LABEL = 'portcullis.dev/template';

/** The label that every namespace carries and nobody can forge: the only one by which a policy selects namespaces. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
