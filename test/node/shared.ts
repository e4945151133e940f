import { inject } from 'vitest';
import { type ClusterNode, openNode } from '../cluster/node/open.ts';

/** The node of this tier. All test files share it, one after the other: each works in namespaces of its own and leaves enforcement on. */
export const sharedNode = (): ClusterNode => openNode(inject('node'));
