import { describe, expect, it } from 'vitest';
import { connectScanner } from '../../src/adapters/scan/connect.ts';
import { findNmap } from '../../src/adapters/scan/find-nmap.ts';
import { nmapScanner } from '../../src/adapters/scan/nmap.ts';
import { scannerContract } from './scanner.ts';

const nmap = await findNmap(process.env.PATH ?? '');

scannerContract('connect', connectScanner());

if (nmap === undefined) {
  describe('the scanner nmap', () => {
    it('is not proven: nmap is not installed on this machine', () => {
      expect(nmap).toBeUndefined();
    });
  });
} else {
  scannerContract(`nmap ${nmap.version}`, nmapScanner({ path: nmap.path }));
}
