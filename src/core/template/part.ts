import type { Place } from '../document.ts';
import type { PortRange } from '../port.ts';
import type { Dns, Egress, Mode, OnViolation, Rule, Unlisted } from './model.ts';
import type { Said } from './shape.ts';

/** What one document says; nothing is defaulted yet, since another document may say it. */
export interface TemplatePart {
  readonly place: Place;
  readonly mode?: Said<Mode>;
  readonly unlisted?: Said<Unlisted>;
  readonly dns?: Said<Dns>;
  readonly egress?: Said<Egress>;
  readonly exempt: readonly string[];
  readonly namespaces: readonly NamespacePart[];
}

/** What one document says of one namespace. */
export interface NamespacePart {
  readonly name: string;
  readonly place: Place;
  readonly mode?: Said<Mode>;
  readonly egress?: Said<Egress>;
  readonly hostNetwork?: Said<boolean>;
  readonly onViolation?: Said<OnViolation>;
  readonly hostPorts: readonly PortRange[];
  readonly rules: readonly Rule[];
}
