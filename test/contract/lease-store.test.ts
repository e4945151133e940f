import { fakeLease } from '../support/fake-lease-store.ts';
import { describeLeaseStore } from './lease-store.ts';

describeLeaseStore('the fake', async () => {
  const lease = fakeLease();
  return () => lease;
});
