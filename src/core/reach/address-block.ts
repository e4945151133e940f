import { familyOf } from '../address.ts';
import { readCidr } from '../cidr.ts';

/** Whether the block of a policy holds the address. The API server accepts blocks with host bits set; they mean their network. */
export function blockHolds(block: string, address: string): boolean {
  const [base = '', prefixText = ''] = block.split('/');
  if (familyOf(base) !== familyOf(address) || !/^\d{1,3}$/.test(prefixText)) return false;
  const [network, bits] = [bitsOf(base), bitsOf(address)];
  if (network === undefined || bits === undefined) return false;
  const hostBits = BigInt((familyOf(base) === 4 ? 32 : 128) - Number(prefixText));
  return hostBits >= 0n && network >> hostBits === bits >> hostBits;
}

/** Whether the text is one IP address. */
export function isAddress(text: string): boolean {
  return bitsOf(text) !== undefined;
}

function bitsOf(address: string): bigint | undefined {
  const read = readCidr(`${address}/${familyOf(address) === 4 ? 32 : 128}`);
  return 'problem' in read ? undefined : read.network;
}
