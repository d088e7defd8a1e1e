package session

import (
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/vector"
)

// Set sets a key outside of any statement: from the config file, by -p or by -D.
func (s *Session) Set(key, value string, level catalog.Level) *diag.Diagnostic {
	notice, d := s.assign(key, value, level)
	if d == nil && notice != nil {
		_ = s.config.Output.Notice(*notice)
	}
	return d
}

// Configure reads a config file: flat YAML, a line for each key.
func (s *Session) Configure(src *diag.Source) *diag.Diagnostic {
	offset := 0
	for line := range strings.SplitAfterSeq(src.Text, "\n") {
		at := diag.Span{Start: offset, End: offset + len(strings.TrimRight(line, "\r\n"))}
		offset += len(line)
		key, value, ok := configLine(line)
		if !ok {
			return diag.New(codeConfig, at, "a line of the config file must be 'key: value'").In(src)
		}
		if key == "" {
			continue
		}
		if d := s.Set(key, value, catalog.System); d != nil {
			d.Span = at
			return d.In(src)
		}
	}
	return nil
}

// configLine reads a line of flat YAML; the key is empty for a line without one.
func configLine(line string) (key, value string, ok bool) {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" || trimmed[0] == '#' || trimmed == "---" {
		return "", "", true
	}
	if line[0] == ' ' || line[0] == '\t' || line[0] == '-' {
		return "", "", false // nested
	}
	key, value, ok = strings.Cut(trimmed, ":")
	if !ok || value != "" && value[0] != ' ' && value[0] != '\t' {
		return "", "", false
	}
	key, ok = unquoteYAML(strings.TrimSpace(key))
	if !ok || key == "" {
		return "", "", false
	}
	value = strings.TrimSpace(value)
	if value == "" || value[0] != '"' && value[0] != '\'' {
		value, _, _ = strings.Cut(value, " #")
		value = strings.TrimSpace(value)
		return key, value, value != "" && !strings.ContainsRune("{[|>&*!%@`", rune(value[0]))
	}
	if i := strings.LastIndexByte(value, value[0]); i > 0 && (i == len(value)-1 || strings.HasPrefix(strings.TrimSpace(value[i+1:]), "#")) {
		value = value[:i+1]
	}
	value, ok = unquoteYAML(value)
	return key, value, ok
}

// unquoteYAML takes the quotes off a scalar of one line.
func unquoteYAML(s string) (string, bool) {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return s, true
	}
	if len(s) < 2 || s[len(s)-1] != s[0] {
		return "", false
	}
	inner := s[1 : len(s)-1]
	if s[0] == '\'' {
		return strings.ReplaceAll(inner, "''", "'"), true
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n", `\t`, "\t").Replace(inner), true
}

// assign checks and stores a value. The notice says that the key has no effect, or another name by now.
func (s *Session) assign(key, value string, level catalog.Level) (*Notice, *diag.Diagnostic) {
	if key == "pipeline.max-parallelism" && level != catalog.Environment {
		return nil, diag.New(codeLevel, diag.Span{}, "the maximum parallelism can't be set in the config file").
			WithHint("%s", MaxParallelismHint)
	}
	if catalog.LookupSetting(key) == nil {
		if d := unknownKey(key); d != nil {
			return nil, d
		}
	}
	if err := s.Settings.Set(key, value, level); err != nil {
		return nil, diag.New(diag.SettingValue, diag.Span{}, "failed to set key %s with value %s: %s", key, value, err)
	}
	if spec := catalog.LookupSetting(key); !s.noticed[key] && (spec == nil || spec.Key != key) {
		s.noticed[key] = true
		message := withoutEffect(key)
		if spec != nil {
			message = "the setting '" + key + "' is now called '" + spec.Key + "', which was set"
		}
		return &Notice{Kind: NoticeSetting, Message: message}, nil
	}
	return nil, nil
}

// MaxParallelismHint says where the maximum parallelism can be set.
const MaxParallelismHint = "the number of key groups belongs to the job: write SET 'pipeline.max-parallelism' = 'N' in the script, -D pipeline.max-parallelism=N, or the hint MAX_PARALLELISM(N)"

// unknownKey is the error for a key that is neither weir's nor, as far as can be told, Flink's. What is nearly a key of
// weir's is taken for a mistake, unless Flink has it.
func unknownKey(key string) *diag.Diagnostic {
	if catalog.IsFlinkSetting(key) {
		return nil
	}
	var known []string
	for _, s := range catalog.KnownSettings() {
		known = append(append(known, s.Key), s.Aliases...)
	}
	slices.Sort(known)
	near, ok := diag.Nearest(key, known)
	if !ok && catalog.IsForeignSetting(key) {
		return nil
	}
	d := diag.New(codeKey, diag.Span{}, "unknown setting '%s'", key)
	if !ok {
		near, ok = resembling(key, known)
	}
	if !ok {
		near, ok = diag.Nearest(key, catalog.FlinkSettings())
	}
	if ok {
		return d.WithHint("did you mean '%s'?", near)
	}
	return d.WithHint("SET; lists the settings")
}

// withoutEffect tells of a key that weir has no use for.
func withoutEffect(key string) string {
	if !catalog.IsFlinkSetting(key) {
		if near, ok := diag.Nearest(key, catalog.FlinkSettings()); ok {
			return "the setting '" + key + "' has no effect in weir, and Flink is not known to have it; did you mean '" + near + "'?"
		}
	}
	return "the setting '" + key + "' has no effect in weir"
}

// resembling finds the key that ends like a mistaken one, for parts left out: 'max-parallelism', 'batch.rows'.
func resembling(key string, known []string) (string, bool) {
	best := ""
	for _, k := range known {
		if key != "" && (strings.HasSuffix(k, "."+key) || strings.HasSuffix(key, "."+k)) && (best == "" || k < best) {
			best = k
		}
	}
	return best, best != ""
}

// set handles SET 'key' = 'value' and SET.
func (r *running) set(x *ast.Set) error {
	if x.Key == "" && !x.HasValue {
		return r.listSettings()
	}
	notice, d := r.assign(x.Key, x.Value, catalog.Environment)
	if d != nil {
		d.Span = x.KeySpan
		if d.Code == diag.SettingValue {
			d.Span = x.ValueSpan
		}
		return d
	}
	if notice != nil {
		notice.Statement = r.number
		if err := r.out(r.config.Output.Notice(*notice)); err != nil {
			return err
		}
	}
	return r.finish(Done{Verb: "SET"})
}

// listSettings gives all keys that are set or have a default, with their values in force.
func (r *running) listSettings() error {
	keys := map[string]bool{}
	for _, k := range r.Settings.Keys() {
		keys[k] = true
	}
	for _, k := range catalog.KnownSettings() {
		keys[k.Key] = true
	}
	l := newListing("key", "value")
	for _, k := range sorted(keys) {
		if v, level := r.Settings.Get(k); v != "" || level != catalog.Unset {
			l.add(text(k), text(v))
		}
	}
	return r.listing(l)
}

// reset handles RESET 'key' and RESET.
func (r *running) reset(x *ast.Reset) error {
	if x.Key != "" && catalog.LookupSetting(x.Key) == nil {
		if d := unknownKey(x.Key); d != nil {
			if strings.EqualFold(x.Key, "ALL") {
				d.WithHint("RESET alone resets all settings")
			}
			d.Span = x.KeySpan
			return d
		}
	}
	r.Settings.Reset(x.Key)
	return r.finish(Done{Verb: "RESET"})
}

// stringColumn is a column of a listing.
func stringColumn(name string) vector.Field { return vector.Field{Name: name, Type: vector.StringType} }
