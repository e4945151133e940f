/** Labels that tell one revision or replica from another: a rule with them would stop to match at the next rollout. */
const VOLATILE =
  /^(pod-template-hash|pod-template-generation|controller-revision-hash|controller-uid|job-name|apps\.kubernetes\.io\/pod-index|statefulset\.kubernetes\.io\/pod-name|batch\.kubernetes\.io\/.*|app\.kubernetes\.io\/(version|managed-by)|helm\.sh\/chart)$/;

/** Whether the label may change, or tells replicas of one workload apart. */
export function isVolatile(key: string): boolean {
  return VOLATILE.test(key);
}

/** The labels by which people name a workload, from the most to the least usual; one of them is enough for a rule. */
export const NAMING_LABELS = ['app.kubernetes.io/name', 'app', 'k8s-app', 'name'];
