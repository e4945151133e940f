/** The texts by which the kernel counts the sockets of one network namespace: `/proc/net/{sockstat,sockstat6,snmp}`. Absent: no such file. */
export interface CountTexts {
  readonly sockstat?: string | undefined;
  readonly sockstat6?: string | undefined;
  readonly snmp?: string | undefined;
}

/**
 * A text that changes when a socket begins or ends to accept traffic, and not with each connection; undefined where the kernel counts otherwise.
 * TCP in use less TCP established leaves listeners, and connections that are being opened or closed; of UDP all count. One that ends while another
 * begins leaves it as it was: a hint, never a proof that nothing changed.
 */
export function acceptingCounts({ sockstat = '', sockstat6 = '', snmp = '' }: CountTexts): string | undefined {
  const [tcp, udp] = [inUse(sockstat, 'TCP'), inUse(sockstat, 'UDP')];
  const established = currentlyEstablished(snmp);
  if (tcp === undefined || udp === undefined || established === undefined) return undefined;
  const [tcp6 = 0, udp6 = 0] = [inUse(sockstat6, 'TCP6'), inUse(sockstat6, 'UDP6')];
  return `tcp ${tcp + tcp6 - established} udp ${udp} udp6 ${udp6}`;
}

function inUse(text: string, kind: string): number | undefined {
  const count = new RegExp(`^${kind}: inuse (\\d{1,9})\\b`, 'm').exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** A line of names, and under it one of values. */
function currentlyEstablished(snmp: string): number | undefined {
  const [names = [], values = []] = snmp.split('\n').flatMap((line) => (line.startsWith('Tcp: ') ? [line.split(' ')] : []));
  const value = values[names.indexOf('CurrEstab')];
  return value === undefined || !/^\d+$/.test(value) ? undefined : Number(value);
}
