import type { CertificateMaker } from '../../ports.ts';
import { makeAuthority, makeClient, makeLeaf } from './authority.ts';
import { inspectCertificates } from './inspect.ts';

/** Makes certificates with RSA keys and reads them. */
export const certificateMaker: CertificateMaker = { makeAuthority, makeLeaf, makeClient, inspect: inspectCertificates };
