package main

import (
	"fmt"
	"slices"
	"strings"

	"weir/catalog"
	"weir/repl/result"
)

// roff makes text safe inside a line of a man page: no letter of it is an instruction, and hyphens stay what can be
// copied into a shell.
var roff = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "…", `\&...`)

// page is a man page under construction.
type page struct{ strings.Builder }

func (p *page) section(name string) { fmt.Fprintf(p, ".SH %s\n", name) }

// text writes a paragraph. Each sentence should end its line, so that the formatter knows sentences.
func (p *page) text(s string) {
	fmt.Fprintln(p, strings.ReplaceAll(roff.Replace(s), ". ", ".\n"))
}

// item writes a term, set in bold but for its value, and what it means.
func (p *page) item(bold, value, meaning string) {
	fmt.Fprintf(p, ".TP\n\\fB%s\\fR", roff.Replace(bold))
	if value != "" {
		fmt.Fprintf(p, " \\fI%s\\fR", roff.Replace(value))
	}
	p.WriteByte('\n')
	p.text(meaning)
}

// sentence begins s with a capital and ends it with a point.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// forms says of each form what it is for.
var forms = map[string]string{
	"tableau":  "boxes as Flink's client draws them, row by row as they come",
	"csv":      "RFC 4180 with a header; NULL is empty, an empty string is \"\"",
	"table":    "as tableau, but a prompt may redraw an updating result in place",
	"tsv":      "a tab between fields",
	"jsonl":    "a JSON object a row, with typed values",
	"markdown": "a table for documents",
	"vertical": "a line for each column",
	"events":   "for programs: a JSON object for each schema, row, notice, error and end",
	"none":     "no results",
}

// exitDetails are what the manual adds to exits.
var exitDetails = map[int]string{
	exitFine:        "All statements ran. A reader that closes the pipe early, as head does, is no error.",
	exitFailed:      "A statement or a job in the background failed, also with --continue-on-error, or a setting of -D or the config file is wrong.",
	exitUsage:       "The command line is wrong, or a file that it names can't be read. Nothing has run.",
	exitConnection:  "The job that weir savepoint or weir stop asked does not answer.",
	exitInterrupted: "SIGINT, which Ctrl-C sends, ended a script. No later statement has run; a second one ends the process at once.",
	exitTerminated:  "SIGTERM or SIGHUP ended a script, as cleanly as SIGINT does.",
}

// commandDetails are what the manual adds to commands, in sentences.
var commandDetails = map[string]string{
	"infer":     "Columns, types and a WATERMARK are those that the first 10,000 rows show. FILE may also be a directory, or a pattern in quotes.",
	"jobs":      "They are those of this user, in all processes, with id, process, begin, name and directory.",
	"savepoint": "It prints the savepoint's path; the job goes on. JOB is an id, the first four or more digits of one, or what pipeline.name says. Without DIR the savepoint goes to the job's execution.checkpointing.savepoint-dir.",
	"stop":      "Nothing that it has read is lost: --resume goes on behind it. With --savepoint DIR that is also a savepoint, whose path is printed. With --drain all windows fire before, as at the end of the input.",
}

// manual is the man page, as troff.
func manual() string {
	p := &page{}
	p.WriteString(".TH WEIR 1 \"\" \"weir\" \"User Commands\"\n")
	p.section("NAME")
	p.text("weir - streaming SQL on one machine")
	p.section("SYNOPSIS")
	p.WriteString(".B weir\n[\\fIOPTION\\fR]\\&... [\\fIFILE\\fR]\\&...\n")
	for _, u := range uses {
		if u.word != "" {
			rest := strings.TrimPrefix(strings.TrimSuffix(u.call, " | man -l -"), u.word)
			fmt.Fprintf(p, ".br\n.B weir %s\n", u.word)
			if rest = strings.TrimSpace(rest); rest != "" {
				fmt.Fprintf(p, "\\fI%s\\fR\n", roff.Replace(rest))
			}
		}
	}
	p.section("DESCRIPTION")
	p.text("weir runs a subset of the SQL of Apache Flink, with parallel windows over event time. " +
		"Without files and statements it is a prompt on a terminal, and reads a script from standard input elsewhere. " +
		"Results go to standard output, everything else to standard error.")
	p.section("OPTIONS")
	p.text("A value follows its option as the next argument, or behind =. -- ends the options.")
	for _, f := range flags {
		if f.brief == "" {
			continue
		}
		meaning := sentence(f.brief)
		switch {
		case f.kind == format:
			meaning = "The form of results; see FORMS."
		case f.names[0] == "-h":
			meaning = "Print a screen of help."
		}
		p.item(strings.Join(f.names, ", "), f.value, strings.TrimSpace(meaning+" "+f.more))
	}
	p.section("COMMANDS")
	for _, u := range uses {
		if u.word != "" {
			p.item(u.call, "", strings.TrimSpace(sentence(u.brief)+" "+commandDetails[u.word]))
		}
	}
	p.section("FORMS")
	for _, name := range result.Names {
		p.item(name, "", sentence(forms[name]))
	}
	p.section("SETTINGS")
	p.text("These keys may follow -D, stand in the config file, and be SET in a script.")
	for _, s := range sortedSettings() {
		meaning := sentence(s.Doc)
		if s.Default != "" {
			meaning += " Default: " + s.Default + "."
		}
		if len(s.Aliases) > 0 {
			meaning += " Once called " + strings.Join(s.Aliases, ", ") + "."
		}
		p.item(s.Key, "", meaning)
	}
	p.section("EXIT STATUS")
	for _, e := range exits {
		p.item(fmt.Sprint(e.code), "", exitDetails[e.code])
	}
	p.section("FILES")
	p.item("$XDG_CONFIG_HOME/weir/config.yaml", "", "Settings, a line KEY: VALUE each, if neither --config nor $WEIR_CONFIG names another file.")
	p.item("$XDG_CONFIG_HOME/weir/init.sql", "", "Statements that the prompt runs before it asks for the first; scripts don't. An error in it is shown and ends the file, not the prompt.")
	p.item("$XDG_STATE_HOME/weir/history", "", "Statements that were run at the prompt.")
	p.item("$XDG_STATE_HOME/weir/jobs/", "", "A file for each running job that other processes can reach.")
	p.text("Without these variables the folders are ~/.config and ~/.local/state.")
	p.section("ENVIRONMENT")
	p.item("WEIR_CONFIG", "", "Names the config file.")
	p.item("NO_COLOR", "", "If not empty, nothing is coloured unless --color asks for it.")
	p.item("TERM", "", "If it is dumb, lines are read as the terminal gives them, and nothing is coloured.")
	p.item("PAGER", "", "Shows results of the prompt that are longer than the screen; empty for none. Default: less.")
	p.item("VISUAL, EDITOR", "", "The editor of \\e at the prompt. Default: vi.")
	p.item("INPUTRC", "", "Names the file that is asked for editing-mode vi. Default: ~/.inputrc.")
	p.item("GOMEMLIMIT", "", "The memory at which the collector works harder. Default: 80 % of the machine's.")
	p.section("EXAMPLES")
	for _, u := range uses {
		if u.word == "" {
			p.item(strings.TrimSpace("weir "+u.call), "", sentence(u.brief))
		}
	}
	p.item(`weir completion bash > ~/.local/share/bash-completion/completions/weir`, "", "Let bash complete weir.")
	p.section("SEE ALSO")
	p.text("docs/shell.md of the project tells of the prompt.")
	return p.String()
}

// sortedSettings lists the keys that weir knows by name.
func sortedSettings() []*catalog.Setting {
	all := catalog.KnownSettings()
	slices.SortFunc(all, func(a, b *catalog.Setting) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// manualCommand is weir manual.
func manualCommand(args []string, std streams) int {
	if len(args) > 0 {
		return usage(std.err, fmt.Errorf("manual takes no arguments: weir manual | man -l -"))
	}
	fmt.Fprint(std.out, manual())
	return exitFine
}
