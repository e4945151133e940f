import { describe, expect, it } from 'vitest';
import type { NetworkPolicy } from '../../../../src/core/network-policy.ts';
import { appliedOver } from '../../../../src/core/pair/applied-over.ts';
import { blockPolicy } from '../../../../src/core/pair/block.ts';

const WANTED = blockPolicy('shop', '0123456789ab');
const THERE: NetworkPolicy = {
  ...WANTED,
  metadata: {
    ...WANTED.metadata,
    uid: 'u',
    resourceVersion: '7',
    labels: { team: 'blue', 'app.kubernetes.io/managed-by': 'blue' },
    annotations: { note: 'seen', 'portcullis.dev/rules': 'api', 'portcullis.dev/template': 'ba9876543210' },
  },
  spec: { ...WANTED.spec, ingress: [{}] },
};

describe('a policy applied over another', () => {
  it('is as it was wanted where nothing was there', () => {
    expect(appliedOver(WANTED, undefined)).toEqual(WANTED);
  });

  it('has the spec that was wanted, and the labels and annotations of others beside ours', () => {
    expect(appliedOver(WANTED, THERE)).toEqual({
      ...WANTED,
      metadata: {
        name: 'portcullis-block',
        namespace: 'shop',
        uid: 'u',
        resourceVersion: '7',
        labels: { team: 'blue', 'app.kubernetes.io/managed-by': 'portcullis' },
        annotations: { note: 'seen', 'portcullis.dev/template': '0123456789ab' },
      },
    });
  });
});
