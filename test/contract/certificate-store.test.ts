import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { folderCertificateStore } from '../../src/adapters/certs/folder.ts';
import { memoryCertificateStore } from '../support/certificates.ts';
import { describeCertificateStore } from './certificate-store.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

describeCertificateStore('a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-certs-'));
  folders.push(folder);
  return () => folderCertificateStore(join(folder, 'certs'));
});

describeCertificateStore('memory', async () => {
  const store = memoryCertificateStore();
  return () => store;
});
