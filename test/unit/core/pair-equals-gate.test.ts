import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../src/core/authority.ts';
import { grantOf, podGrants } from '../../../src/core/grants.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import type { Template } from '../../../src/core/template/model.ts';
import { labels, NAMESPACES, ports, templates } from '../../support/arbitrary.ts';
import { type Endpoint, ingressOpens, passes } from '../../support/netpol-evaluator.ts';
import { authorizes, isEnforced, permits } from '../../support/template-evaluator.ts';

const OWN_NAMESPACE = 'portcullis-system';
const pods = fc.record({ namespace: fc.constantFrom(...NAMESPACES), labels, ip: fc.constantFrom('10.244.0.7', '10.244.0.8') });

function policiesOf(template: Template): NetworkPolicy[] {
  const authority = makeAuthority(template, OWN_NAMESPACE);
  return NAMESPACES.filter((name) => authority.namespace(name).mode === 'enforce').flatMap((name) => {
    const { block, allow } = policyPair(name, authority, { namespaces: NAMESPACES, apiServer: [] });
    return [block, ...allow];
  });
}

describe('for any template', () => {
  it('the gate authorizes exactly what the words of the template say', () => {
    fc.assert(
      fc.property(templates, pods, ports, (template, pod, port) => {
        const authority = makeAuthority(template, OWN_NAMESPACE);
        fc.pre(!authority.namespace(pod.namespace).exempt);
        expect(grantOf(podGrants(authority.grants(pod.namespace), pod.labels), port) !== undefined).toBe(authorizes(template, pod, port));
      }),
      { numRuns: 2000 },
    );
  });

  it('the ingress that the pair opens is exactly what the gate authorizes', () => {
    fc.assert(
      fc.property(templates, pods, ports, (template, pod, port) => {
        const authority = makeAuthority(template, OWN_NAMESPACE);
        fc.pre(authority.namespace(pod.namespace).mode === 'enforce');
        const opened = ingressOpens(policiesOf(template), pod, port);
        const authorized = grantOf(podGrants(authority.grants(pod.namespace), pod.labels), port) !== undefined;
        // A port that is authorized only for callers of which no namespace exists opens to nobody.
        expect(opened ? authorized : !authorized || onlyFromNowhere(template, pod, port)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('a connection between two pods passes the policies exactly when the template permits it', () => {
    fc.assert(
      fc.property(templates, pods, pods, ports, (template, from, to, port) => {
        expect(passes(policiesOf(template), from, to, port)).toBe(permits(template, from, to, port));
      }),
      { numRuns: 3000 },
    );
  });

  it('a namespace gets policies exactly when it is enforced', () => {
    fc.assert(
      fc.property(templates, (template) => {
        const closed = new Set(policiesOf(template).map(({ metadata }) => metadata.namespace));
        expect(NAMESPACES.filter((name) => closed.has(name))).toEqual(NAMESPACES.filter((name) => isEnforced(template, name)));
      }),
    );
  });
});

function onlyFromNowhere(template: Template, pod: Endpoint, port: { number: number; protocol: string }): boolean {
  const universe = NAMESPACES.flatMap((namespace) =>
    ['a', 'b', undefined].flatMap((app) => ['x', 'y', '', undefined].map((tier) => ({ namespace, app, tier }))),
  );
  return !universe.some(({ namespace, app, tier }) => {
    const caller = {
      namespace,
      labels: { ...(app === undefined ? {} : { app }), ...(tier === undefined ? {} : { tier }) },
      ip: '10.244.0.9',
    };
    return permits(
      { ...template, egress: 'open', namespaces: template.namespaces.map((entry) => ({ ...entry, egress: 'open' as const })) },
      caller,
      pod,
      port,
    );
  });
}
