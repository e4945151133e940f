/**
 * For bash 3.2 and newer, with nothing else installed. bash breaks words at `=` and `:`, so the words are put together again from the line,
 * and what is offered is without the part in front of the last break.
 */
export const BASH = `# bash completion of portcullis
__portcullis_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} part mark head out prefix='' directive=0
  local -a words=() found=()
  for part in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if [[ \${#words[@]} -gt 0 && $line != [[:space:]]* ]]; then
      [[ $line == "$part"* ]] || part=$line
      words[\${#words[@]}-1]+=$part
    else
      line=\${line#"\${line%%[![:space:]]*}"}
      [[ $line == "$part"* ]] || part=$line
      words+=("$part")
    fi
    line=\${line#"$part"}
  done

  local current=\${words[\${#words[@]}-1]} program=\${words[0]}
  type -P "$program" > /dev/null || program=portcullis
  while IFS= read -r out; do
    case $out in
      :*) directive=\${out#:} ;;
      *) found+=("\${out%%$'\\t'*}") ;;
    esac
  done < <("$program" __complete -- "\${words[@]:1}" 2> /dev/null)

  local value=$current
  [[ $current == --*=* ]] && value=\${current#*=}
  if (( directive & 16 )) || (( ! (directive & 4) )); then
    local kind=-f
    (( directive & 16 )) && kind=-d
    while IFS= read -r out; do
      found+=("\${current%"$value"}$out")
    done < <(compgen $kind -- "$value")
    type compopt > /dev/null 2>&1 && compopt -o filenames
  fi
  (( directive & 2 )) && type compopt > /dev/null 2>&1 && compopt -o nospace

  for mark in = :; do
    if [[ $COMP_WORDBREAKS == *"$mark"* && $current == *"$mark"* ]]; then
      head=\${current%"$mark"*}$mark
      (( \${#head} > \${#prefix} )) && prefix=$head
    fi
  done
  COMPREPLY=()
  for out in "\${found[@]}"; do
    COMPREPLY+=("\${out#"$prefix"}")
  done
}
complete -F __portcullis_complete portcullis
`;
