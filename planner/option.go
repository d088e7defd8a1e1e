package planner

import (
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/diag"
)

// connectorOf finds the connector of a table that is used at a place.
func connectorOf(t *catalog.Table, options map[string]string, at diag.Span) (*catalog.Connector, error) {
	name, ok := options["connector"]
	if !ok {
		return nil, diag.New(codeNoConnector, at, "Table options do not contain an option key 'connector' for discovering a connector: table '%s' can be neither read nor written", t.Path()).
			WithHint("create it with ('connector' = '…', …)")
	}
	c, ok := catalog.LookupConnector(name)
	if !ok {
		return nil, noConnector(name, at)
	}
	return c, nil
}

func noConnector(name string, at diag.Span) error {
	var names []string
	for _, c := range catalog.Connectors() {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return suggest(diag.New(codeNoConnector, at, "the connector '%s' is not supported", name).
		WithNote("connectors are %s", strings.Join(names, ", ")), name, names)
}

// checkOptions checks the options of a table against what its connector and format know. A table without connector
// may have any. spans says where an option's key and value were written; rest where what is missing could be.
func checkOptions(table string, options map[string]string, spans func(option string) (key, value diag.Span), rest diag.Span) error {
	name, ok := options["connector"]
	if !ok {
		return nil
	}
	c, ok := catalog.LookupConnector(name)
	if !ok {
		_, at := spans("connector")
		return noConnector(name, at)
	}
	known := []catalog.OptionSpec{{Key: "connector"}}
	known = append(known, c.Options...)
	var errs problems
	if c.Formats {
		known = append(known, catalog.OptionSpec{Key: "format", Required: true})
		if format, ok := options["format"]; ok {
			f, ok := catalog.LookupFormat(format)
			if !ok {
				_, at := spans("format")
				return noFormat(format, at)
			}
			for _, s := range f.Options {
				s.Key = f.Name + "." + s.Key
				known = append(known, s)
			}
		}
	}
	keys := make([]string, 0, len(options))
	for k := range options {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		at, valueAt := spans(k)
		spec := lookupOption(known, k)
		if spec == nil && errs.full() {
			errs.more = true
			continue
		}
		if spec == nil {
			names := make([]string, len(known))
			for i, s := range known {
				names[i] = s.Key
			}
			d := diag.New(codeNoOption, at, "table '%s' has an option that '%s' does not know: '%s'", table, owner(c.Name, options, k), k)
			if i := slices.IndexFunc(names, func(s string) bool { return strings.HasSuffix(s, "."+k) }); i >= 0 {
				errs.add(d.WithHint("did you mean '%s'?", names[i])) // the prefix is missing
				continue
			}
			if hint := adviseOption(k, options, names); hint != "" {
				if at == rest { // it is not written here
					hint += ": LIKE t (EXCLUDING OPTIONS) leaves the options of t out"
				}
				errs.add(d.WithHint("%s", hint))
				continue
			}
			errs.add(suggest(d, k, names))
			continue
		}
		if spec.Check == nil {
			continue
		}
		if err := spec.Check(options[k]); err != nil {
			errs.add(diag.New(diag.OptionValue, valueAt, "invalid value for option '%s' of table '%s': %s", k, table, err))
		}
	}
	var missing []string
	for _, s := range known {
		if _, ok := options[s.Key]; s.Required && !ok && !slices.Contains(missing, s.Key) {
			missing = append(missing, s.Key)
		}
	}
	if len(missing) > 0 {
		errs.add(diag.New(diag.OptionMissing, rest, "One or more required options are missing for connector '%s': %s", c.Name, strings.Join(missing, ", ")))
	}
	return errs.err()
}

// adviseOption is the hint for an option that the table's connector and format don't know, where another connector or
// format does, or an option ends as the key does; empty where nothing is known.
func adviseOption(key string, options map[string]string, names []string) string {
	if prefix, rest, ok := strings.Cut(key, "."); ok {
		for _, name := range names {
			if strings.HasPrefix(name, prefix+".") && strings.HasSuffix(name, "-"+rest) {
				return "did you mean '" + name + "'?"
			}
		}
		if f, ok := catalog.LookupFormat(prefix); ok && prefix != options["format"] && lookupOption(f.Options, rest) != nil {
			return "it is an option of 'format' = '" + prefix + "'"
		}
	}
	var owners []string
	for _, c := range catalog.Connectors() {
		if lookupOption(c.Options, key) != nil {
			owners = append(owners, "'"+c.Name+"'")
		}
	}
	if len(owners) == 0 {
		return ""
	}
	slices.Sort(owners)
	return "it is an option of the connector " + strings.Join(owners, ", ")
}

func noFormat(name string, at diag.Span) error {
	var names []string
	for _, f := range catalog.Formats() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return suggest(diag.New(diag.NoFormat, at, "the format '%s' is not supported", name).
		WithNote("formats are %s", strings.Join(names, ", ")), name, names)
}

// owner says who does not know an option: the format if it begins with its name, else the connector.
func owner(connector string, options map[string]string, key string) string {
	if format := options["format"]; format != "" && strings.HasPrefix(key, format+".") {
		return format
	}
	return connector
}

// lookupOption finds the description of an option; a pattern's * stands for any text.
func lookupOption(known []catalog.OptionSpec, key string) *catalog.OptionSpec {
	for i, s := range known {
		if s.Key == key {
			return &known[i]
		}
		if s.Pattern {
			before, after, _ := strings.Cut(s.Key, "*")
			if len(key) > len(before)+len(after) && strings.HasPrefix(key, before) && strings.HasSuffix(key, after) {
				return &known[i]
			}
		}
	}
	return nil
}
