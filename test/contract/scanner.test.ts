import { describe, expect, it } from 'vitest';
import { execScanner } from '../../src/adapters/kube/exec-scanner.ts';
import { connectScanner } from '../../src/adapters/scan/connect.ts';
import { findNmap } from '../../src/adapters/scan/find-nmap.ts';
import { nmapScanner } from '../../src/adapters/scan/nmap.ts';
import { execHere } from '../support/exec-probe.ts';
import { scannerContract } from './scanner.ts';

const nmap = await findNmap(process.env.PATH ?? '');

scannerContract('connect', connectScanner());

const from = { namespace: 'portcullis-system', pod: 'controller', container: 'controller' };
scannerContract('in a pod', await execScanner({ exec: execHere, from, engine: 'connect', signal: new AbortController().signal }));

if (nmap === undefined) {
  describe('the scanner nmap', () => {
    it('is not proven: nmap is not installed on this machine', () => {
      expect(nmap).toBeUndefined();
    });
  });
} else {
  scannerContract(`nmap ${nmap.version}`, nmapScanner({ path: nmap.path }));
}
