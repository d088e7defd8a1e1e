package catalog

// OptionSpec describes one option of a connector or format.
type OptionSpec struct {
	Key      string
	Required bool
	Default  string
	// Check parses a value; its error is a sentence for the user. nil accepts any text.
	Check func(value string) error
	Doc   string
	// Prefix options match any key that starts with Key (fields.*.kind is the pattern "fields.*.kind").
	Pattern bool
}

// Connector describes a connector: what it can be and which options it knows. Formats' options are checked separately,
// under the format's name as prefix.
type Connector struct {
	Name    string
	Source  bool
	Sink    bool
	Formats bool // takes 'format' and its options
	Options []OptionSpec
	// Unbounded reports whether a source with these options never ends.
	Unbounded func(options map[string]string) bool
	// Changelog says that the sink takes updates and deletes.
	Changelog bool
	// Partitioned says that tables may be PARTITIONED BY columns. Metadata are the keys of its metadata columns.
	Partitioned bool
	Metadata    []string
	// Overwritten says that the sink can replace what a table has (INSERT OVERWRITE).
	Overwritten bool
}

// Format describes a file format and its options (keys without the format's prefix).
type Format struct {
	Name    string
	Options []OptionSpec
}

var (
	connectors = map[string]*Connector{}
	formats    = map[string]*Format{}
)

func registerConnector(c *Connector) { connectors[c.Name] = c }
func registerFormat(f *Format)       { formats[f.Name] = f }

// LookupConnector finds a connector by name.
func LookupConnector(name string) (*Connector, bool) {
	c, ok := connectors[name]
	return c, ok
}

// LookupFormat finds a format by name.
func LookupFormat(name string) (*Format, bool) {
	f, ok := formats[name]
	return f, ok
}

// Connectors lists all connectors, in no order.
func Connectors() []*Connector {
	out := make([]*Connector, 0, len(connectors))
	for _, c := range connectors {
		out = append(out, c)
	}
	return out
}

// Formats lists all formats, in no order.
func Formats() []*Format {
	out := make([]*Format, 0, len(formats))
	for _, f := range formats {
		out = append(out, f)
	}
	return out
}
