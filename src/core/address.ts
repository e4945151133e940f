/** What an address tells of who can connect to it. Addresses are canonical texts (RFC 5952), v4-mapped ones already IPv4. */

/** Whether only processes of the same network namespace get there: 127.0.0.0/8 (RFC 1122, 3.2.1.3) and ::1 (RFC 4291, 2.5.3). */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** Whether it stands for every address of the namespace. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** The family by its text. */
export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
