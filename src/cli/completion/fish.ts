/** For fish 3 and newer. It takes the lines as they are, and puts no space behind a slash by itself. */
export const FISH = `# fish completion of portcullis
function __portcullis_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    type -q $program; or set program portcullis
    set -l lines ($program __complete -- $words "$current" 2>/dev/null)
    test (count $lines) -gt 0; or return
    set -l directive (string replace ':' '' -- $lines[-1])
    set -e lines[-1]
    test (count $lines) -gt 0; and printf '%s\\n' $lines
    set -l head (string match -r -- '^--[^=]*=' "$current")
    set -l value (string replace -- "$head" '' "$current")
    switch $directive
        case 16
            printf '%s\\n' "$head"(__fish_complete_directories "$value" '')
        case 0
            printf '%s\\n' "$head"(__fish_complete_path "$value" '')
    end
end
complete -c portcullis -f -a '(__portcullis_complete)'
`;
