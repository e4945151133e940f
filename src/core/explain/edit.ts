import { makeAuthority } from '../authority.ts';
import { reach } from '../reach/reach.ts';
import type { Mode } from '../template/model.ts';
import { editCandidates, type TemplateEdit } from './edit-candidates.ts';
import { type Connecting, policiesWanted, type Setting } from './setting.ts';

/** The first of the candidates, from the shortest on, with which the connection passes where namespaces of these modes are closed. */
export function shortestEdit(asked: Connecting, setting: Setting, modes: readonly Mode[]): TemplateEdit | undefined {
  const { authority, world, facts } = setting;
  const found = editCandidates(asked, setting).find(({ template }) => {
    const after = makeAuthority(template, authority.exempt[0] ?? '');
    return reach({ ...asked, policies: policiesWanted({ authority: after, world, facts }, modes) }).permitted;
  });
  return found === undefined ? undefined : { sentence: found.sentence, lines: found.lines };
}
