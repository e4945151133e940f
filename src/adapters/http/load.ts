/** Calls that are being received or answered, bounded in number and in bytes, so that a flood cannot take the memory of the gate. */
export interface Load {
  /** Whether a call with a body of this many bytes finds room; if so it counts until `leave` is called with the same number. */
  enter(bytes: number): boolean;
  leave(bytes: number): void;
}

export interface LoadLimits {
  readonly calls: number;
  readonly bytes: number;
}

/** A counter for one server. A single body never fails by the limit of bytes when nothing else is in flight. */
export function createLoad(limits: LoadLimits): Load {
  let calls = 0;
  let total = 0;
  return {
    enter(bytes) {
      if (calls >= limits.calls || (calls > 0 && total + bytes > limits.bytes)) return false;
      calls += 1;
      total += bytes;
      return true;
    },
    leave(bytes) {
      calls -= 1;
      total -= bytes;
    },
  };
}
