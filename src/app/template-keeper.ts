import { type Authority, makeAuthority } from '../core/authority.ts';
import { formatIssue } from '../core/document.ts';
import type { Template } from '../core/template/model.ts';
import type { Log, Metrics, TemplateGroup } from '../ports.ts';
import { NO_TEMPLATE, type ReadText, type RefusedGroup, type TemplateState, takeTemplate } from './template-state.ts';

/** The template in force, kept through bad edits. */
export interface TemplateKeeper {
  /** Undefined until a template was accepted. */
  authority(): Authority | undefined;
  state(): TemplateState;
  /** Takes what a source delivers. */
  take(groups: readonly TemplateGroup[]): void;
}

export interface KeeperParts {
  readonly read: ReadText;
  readonly ownNamespace: string;
  /** Absent: where `deploy/` puts the agents. */
  readonly agentNamespace?: string;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Another template is in force than before. */
  changed(authority: Authority): void;
  /** What was accepted, or what is refused, changed: time to write it down and to tell people. */
  settled(state: TemplateState): void;
}

/** Makes a keeper without a template. */
export function makeTemplateKeeper(parts: KeeperParts): TemplateKeeper {
  let state = NO_TEMPLATE;
  let authority: Authority | undefined;
  return {
    authority: () => authority,
    state: () => state,
    take: (groups) => {
      const before = state;
      state = takeTemplate(groups, before, parts.read);
      if (state.template !== undefined && state.template !== before.template) {
        // Also where only lines moved: messages quote the lines.
        authority = makeAuthority(state.template, parts.ownNamespace, parts.agentNamespace);
        if (state.template.hash !== before.template?.hash) announceTemplate(state.template, parts);
        parts.changed(authority);
      }
      parts.metrics.record({ event: 'documents refused', count: state.refused.length });
      for (const refused of newlyRefused(before, state))
        parts.log.error('template refused, the last good one stays in force', refusal(refused));
      parts.settled(state);
    },
  };
}

function announceTemplate({ hash, namespaces }: Template, { metrics, log }: KeeperParts): void {
  metrics.record({ event: 'template', hash });
  log.info('template in force', { hash, namespaces: namespaces.length });
}

function newlyRefused(before: TemplateState, after: TemplateState): readonly RefusedGroup[] {
  const known = new Set(before.refused.map((refused) => JSON.stringify(refused)));
  return after.refused.filter((refused) => !known.has(JSON.stringify(refused)));
}

function refusal({ name, issues }: RefusedGroup): { readonly source: string; readonly issues: readonly string[] } {
  return { source: name, issues: issues.map(formatIssue) };
}
