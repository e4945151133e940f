/** For zsh, as a file \`_portcullis\` in a folder of the fpath, or sourced after compinit. */
export const ZSH = `#compdef portcullis
# zsh completion of portcullis
_portcullis() {
  local program=\${(Q)words[1]} directive=0 line value description
  local -a given lines described nospace
  (( $+commands[$program] )) || [[ -x $program ]] || program=portcullis
  (( CURRENT > 2 )) && given=("\${(@Q)words[2,CURRENT-1]}")
  lines=("\${(@f)$("$program" __complete -- "\${given[@]}" "\${(Q)IPREFIX}\${(Q)PREFIX}" 2> /dev/null)}")
  compset -P '--*='
  for line in "\${lines[@]}"; do
    if [[ $line == :* ]]; then
      directive=\${line#:}
    elif [[ -n $line ]]; then
      value=\${\${line%%$'\\t'*}#"$IPREFIX"}
      description=
      [[ $line == *$'\\t'* ]] && description=\${line#*$'\\t'}
      described+=("\${value//:/\\\\:}\${description:+:$description}")
    fi
  done
  (( directive & 2 )) && nospace=(-S '')
  (( $#described )) && _describe -t portcullis portcullis described "\${nospace[@]}"
  if (( directive & 16 )); then
    _files -/
  elif (( ! (directive & 4) )); then
    _files
  fi
}
if [[ $funcstack[1] == _portcullis ]]; then
  _portcullis "$@"
else
  compdef _portcullis portcullis
fi
`;
