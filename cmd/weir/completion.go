package main

import (
	"errors"
	"fmt"
	"strings"

	"weir/parser/diag"
	"weir/repl/result"
)

// shells are those that weir completion knows.
var shells = []string{"bash", "zsh", "fish"}

// complete is weir completion.
func complete(args []string, std streams) int {
	if len(args) != 1 {
		return usage(std.err, errors.New("completion needs the name of a shell: bash, zsh or fish"))
	}
	switch args[0] {
	case "bash":
		fmt.Fprint(std.out, bashCompletion())
	case "zsh":
		fmt.Fprint(std.out, zshCompletion())
	case "fish":
		fmt.Fprint(std.out, fishCompletion())
	default:
		hint := "it must be bash, zsh or fish"
		if near, ok := diag.Nearest(args[0], shells); ok {
			hint = "did you mean " + near + "?"
		}
		return usage(std.err, fmt.Errorf("unknown shell %s: %s", args[0], hint))
	}
	return exitFine
}

// words lists what is offered for an operand, where that isn't files.
func words(o operand) []string {
	switch o {
	case format:
		return result.Names
	case shell:
		return shells
	case when:
		return []string{"auto", "always", "never"}
	case settingKey:
		var keys []string
		for _, s := range sortedSettings() {
			keys = append(keys, s.Key+"=")
		}
		return keys
	}
	return nil
}

// offered lists the names of all flags that --help tells of, and the commands.
func offered() (names, commands []string) {
	for _, f := range flags {
		if f.brief != "" {
			names = append(names, f.names...)
		}
	}
	for _, u := range uses {
		if u.word != "" {
			commands = append(commands, u.word)
		}
	}
	return names, commands
}

// bashCompletion is for bash 4 and later, without the package bash-completion. bash breaks words at =, which the
// function undoes for the word before the cursor.
func bashCompletion() string {
	names, commands := offered()
	var b strings.Builder
	b.WriteString(`# Completion of weir for bash; made by: weir completion bash
_weir() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = && COMP_CWORD -gt 2 ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if (( COMP_CWORD > 1 )); then
        case $command in
`)
	for _, u := range uses {
		if u.word == "" {
			continue
		}
		fmt.Fprintf(&b, "        %s)\n", u.word)
		if len(u.flags) > 0 {
			fmt.Fprintf(&b, "            if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return; fi\n", strings.Join(u.flags, " "))
		}
		fmt.Fprintf(&b, "            %s\n            return;;\n", bashOffer(u.kind))
	}
	b.WriteString("        esac\n    fi\n    case $prev in\n")
	for _, f := range flags {
		if f.brief != "" && f.value != "" {
			fmt.Fprintf(&b, "    %s)\n        %s\n        return;;\n", strings.Join(f.names, "|"), bashOffer(f.kind))
		}
	}
	fmt.Fprintf(&b, `    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '%s' -- "$cur"))
        return
    fi
    %s
    if (( COMP_CWORD == 1 )); then
        COMPREPLY+=($(compgen -W '%s' -- "$cur"))
    fi
}
complete -F _weir weir
`, strings.Join(names, " "), bashOffer(file), strings.Join(commands, " "))
	return b.String()
}

// bashOffer is the line that offers words or files.
func bashOffer(o operand) string {
	switch o {
	case file:
		return `compopt -o filenames 2>/dev/null; local IFS=$'\n'; COMPREPLY=($(compgen -f -- "$cur")); unset IFS`
	case anything:
		return ":"
	}
	offer := fmt.Sprintf(`COMPREPLY=($(compgen -W '%s' -- "$cur"))`, strings.Join(words(o), " "))
	if o == settingKey {
		return "compopt -o nospace 2>/dev/null; " + offer
	}
	return offer
}

// zshQuote makes text safe in a specification of _arguments between single quotes.
var zshQuote = strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)

func zshCompletion() string {
	var b strings.Builder
	b.WriteString(`#compdef weir
# Completion of weir for zsh; made by: weir completion zsh
_weir() {
    local -a commands keys
    commands=(
`)
	for _, u := range uses {
		if u.word != "" {
			fmt.Fprintf(&b, "        '%s:%s'\n", u.word, zshQuote.Replace(u.brief))
		}
	}
	fmt.Fprintf(&b, "    )\n    keys=(%s)\n", strings.Join(words(settingKey), " "))
	b.WriteString("    if (( CURRENT > 2 )); then\n        case $words[2] in\n")
	for _, u := range uses {
		if u.word == "" {
			continue
		}
		fmt.Fprintf(&b, "        %s)\n", u.word)
		if len(u.flags) > 0 {
			fmt.Fprintf(&b, "            if [[ $PREFIX == -* ]]; then compadd -- %s; return; fi\n", strings.Join(u.flags, " "))
		}
		offer := ":"
		if u.kind == file {
			offer = "_files"
		} else if w := words(u.kind); w != nil {
			offer = "compadd -- " + strings.Join(w, " ")
		}
		fmt.Fprintf(&b, "            %s\n            return;;\n", offer)
	}
	b.WriteString("        esac\n    fi\n    _arguments -s -S \\\n")
	for _, f := range flags {
		if f.brief == "" {
			continue
		}
		for _, name := range f.names {
			spec := name
			switch {
			case f.value != "" && strings.HasPrefix(name, "--"):
				spec += "="
			case f.value != "":
				spec += "+"
			}
			spec = "*" + spec + "[" + zshQuote.Replace(f.brief) + "]"
			if f.value != "" {
				spec += ":" + zshQuote.Replace(f.value) + ":" + zshAction(f.kind)
			}
			fmt.Fprintf(&b, "        '%s' \\\n", spec)
		}
	}
	b.WriteString(`        '1: :{ _describe command commands; _files }' \
        '*:file:_files'
}
if [[ $funcstack[1] == _weir ]]; then
    _weir "$@"
else
    compdef _weir weir
fi
`)
	return b.String()
}

func zshAction(o operand) string {
	switch o {
	case file:
		return "_files"
	case settingKey:
		return "{ compadd -S \"\" -a keys }"
	case anything:
		return " "
	}
	return "(" + strings.Join(words(o), " ") + ")"
}

// fishQuote makes text safe between single quotes.
var fishQuote = strings.NewReplacer(`\`, `\\`, "'", `\'`)

func fishCompletion() string {
	_, commands := offered()
	var b strings.Builder
	b.WriteString("# Completion of weir for fish; made by: weir completion fish\n")
	first := "not __fish_seen_subcommand_from " + strings.Join(commands, " ")
	for _, u := range uses {
		if u.word == "" {
			continue
		}
		fmt.Fprintf(&b, "complete -c weir -n 'test (count (commandline -opc)) -eq 1' -a %s -d '%s'\n", u.word, fishQuote.Replace(u.brief))
		seen := "'__fish_seen_subcommand_from " + u.word + "'"
		for _, name := range u.flags {
			fmt.Fprintf(&b, "complete -c weir -n %s %s\n", seen, fishName(name))
		}
		if u.kind != file {
			fmt.Fprintf(&b, "complete -c weir -n %s -f\n", seen)
		}
		if w := words(u.kind); w != nil {
			fmt.Fprintf(&b, "complete -c weir -n %s -a '%s'\n", seen, strings.Join(w, " "))
		}
	}
	for _, f := range flags {
		if f.brief == "" {
			continue
		}
		fmt.Fprintf(&b, "complete -c weir -n '%s'", first)
		for _, name := range f.names {
			b.WriteString(" " + fishName(name))
		}
		switch {
		case f.value != "" && f.kind == file:
			b.WriteString(" -r -F")
		case f.value != "":
			b.WriteString(" -x")
			if w := words(f.kind); w != nil {
				fmt.Fprintf(&b, " -a '%s'", strings.Join(w, " "))
			}
		}
		fmt.Fprintf(&b, " -d '%s'\n", fishQuote.Replace(f.brief))
	}
	return b.String()
}

// fishName is how fish's complete is told the name of a flag.
func fishName(name string) string {
	if long, ok := strings.CutPrefix(name, "--"); ok {
		return "-l " + long
	}
	return "-s " + strings.TrimPrefix(name, "-")
}
