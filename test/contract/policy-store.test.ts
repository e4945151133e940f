import { fakePolicyStore } from '../support/fake-policy-store.ts';
import { policyStoreContract } from './policy-store.ts';

let namespaces = 0;

policyStoreContract('the fake in memory', async () => ({ store: fakePolicyStore(), namespace: async () => `ns-${++namespaces}` }));
