package catalog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/keygroup"
)

var (
	settings = map[string]*Setting{}
	aliases  = map[string]string{} // older name → key
)

func registerSetting(ss ...*Setting) {
	for _, s := range ss {
		settings[s.Key] = s
		for _, a := range s.Aliases {
			aliases[a] = s.Key
		}
	}
}

// resolve gives the key that a name means.
func resolve(name string) string {
	if key, ok := aliases[name]; ok {
		return key
	}
	return name
}

// LookupSetting finds the description of a key, which may be an older name of it, or nil.
func LookupSetting(key string) *Setting { return settings[resolve(key)] }

// KnownSettings lists all keys that weir knows, in no order.
func KnownSettings() []*Setting {
	out := make([]*Setting, 0, len(settings))
	for _, s := range settings {
		out = append(out, s)
	}
	return out
}

// The settings of the engine; those of the shell are in shell.go of this package where it has any.
func init() {
	registerSetting(
		&Setting{Key: "parallelism.default", Check: checkParallelism, Doc: "parallelism of operators that have none of their own; unset: the number of cores"},
		&Setting{Key: "table.exec.resource.default-parallelism", Check: checkTableParallelism, Doc: "as parallelism.default, and stronger"},
		&Setting{Key: "pipeline.max-parallelism", Check: checkMaxParallelism, Doc: "number of key groups of operators that have none of their own; unset: derived from the parallelism"},
		&Setting{Key: "execution.runtime-mode", Default: "streaming", Check: oneOf("streaming", "batch"), Doc: "streaming gives a changelog, batch final rows of bounded input"},
		&Setting{Key: "table.local-time-zone", Default: "default", Check: checkZone, Doc: "session time zone; default: the machine's"},
		&Setting{Key: "pipeline.auto-watermark-interval", Default: "0 ms", Check: checkDuration, Doc: "step of event time by which a watermark must rise to be noticed; 0: every row counts"},
		&Setting{Key: "table.exec.source.idle-timeout", Default: "0 ms", Check: checkDuration, Doc: "a source without rows for this long no longer holds back the watermark; 0: it always does"},
		&Setting{Key: "table.exec.sink.keyed-shuffle", Default: "AUTO", Check: oneOf("AUTO", "FORCE", "NONE"), Doc: "when rows are hashed by the primary key before a sink"},
		&Setting{Key: "table.exec.sink.upsert-materialize", Default: "AUTO", Check: oneOf("AUTO", "FORCE", "NONE"), Doc: "when a sink's upserts are put in order by its key"},
		&Setting{Key: "table.exec.sink.not-null-enforcer", Default: "ERROR", Check: oneOf("ERROR", "DROP"), Doc: "what a NULL in a NOT NULL column of a sink does"},
		&Setting{Key: "table.optimizer.agg-phase-strategy", Default: "AUTO", Check: oneOf("AUTO", "ONE_PHASE", "TWO_PHASE"), Doc: "whether window aggregates work in a local and a global phase"},
		&Setting{Key: "table.optimizer.source.predicate-pushdown-enabled", Default: "true", Check: checkBool, Doc: "whether files, and row groups of Parquet files, in which no row meets the filter are left out"},
		&Setting{Key: "pipeline.name", Doc: "name of all jobs from here on, until RESET"},
		&Setting{Key: "weir.batch.rows", Default: "8192", Check: checkPositive, Doc: "rows of a batch at most"},
		&Setting{Key: "weir.chunk.bytes", Default: "4194304", Check: checkPositive, Doc: "bytes of a file that a source subtask takes at a time"},
		&Setting{Key: "weir.memory.limit", Default: "60%", Check: checkMemory, Doc: "bytes, or percentage of RAM, that a job's state and exchanges may use"},
		&Setting{Key: "weir.seed", Default: "0", Check: checkInteger, Doc: "permutes the order in which chunks are handed out and channels are read; for tests"},
	)
}

func parseNumber(key, value string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("could not parse value '%s' for key '%s': a whole number is expected", value, key)
	}
	return n, nil
}

func checkParallelism(value string) (string, error) {
	n, err := parseNumber("parallelism.default", value)
	if err != nil {
		return "", err
	}
	if n != -1 && (n < 1 || n > keygroup.UpperBound) {
		return "", fmt.Errorf("parallelism must be between 1 and %d, or -1 for unset; found %d", keygroup.UpperBound, n)
	}
	return strconv.FormatInt(n, 10), nil
}

func checkTableParallelism(value string) (string, error) {
	n, err := parseNumber("table.exec.resource.default-parallelism", value)
	if err != nil {
		return "", err
	}
	if n > keygroup.UpperBound {
		return "", fmt.Errorf("parallelism must be between 1 and %d, or -1 for unset; found %d", keygroup.UpperBound, n)
	}
	return strconv.FormatInt(n, 10), nil
}

func checkMaxParallelism(value string) (string, error) {
	n, err := parseNumber("pipeline.max-parallelism", value)
	if err != nil {
		return "", err
	}
	if n < 1 || n > keygroup.UpperBound {
		return "", fmt.Errorf("maximum parallelism must be between 1 and %d, found %d", keygroup.UpperBound, n)
	}
	return strconv.FormatInt(n, 10), nil
}

func checkPositive(value string) (string, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 62)
	if err != nil || n < 1 {
		return "", fmt.Errorf("a whole number of at least 1 is expected, found '%s'", value)
	}
	return strconv.FormatInt(n, 10), nil
}

func checkInteger(value string) (string, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil {
		return "", fmt.Errorf("a whole number is expected, found '%s'", value)
	}
	return strconv.FormatInt(n, 10), nil
}

func oneOf(words ...string) func(string) (string, error) {
	return func(value string) (string, error) {
		for _, w := range words {
			if strings.EqualFold(strings.TrimSpace(value), w) {
				return w, nil
			}
		}
		return "", fmt.Errorf("unsupported value '%s': it must be one of %s", value, strings.Join(words, ", "))
	}
}

func checkZone(value string) (string, error) {
	if strings.EqualFold(value, "default") {
		return "default", nil
	}
	if _, err := LoadZone(value); err != nil {
		return "", err
	}
	return value, nil
}

// LoadZone finds a session time zone: a region (Europe/Berlin), UTC, or an offset such as GMT+08:00. "default" and ""
// are the machine's.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || strings.EqualFold(name, "default") {
		return time.Local, nil
	}
	if rest, ok := strings.CutPrefix(name, "GMT"); ok && rest != "" {
		var h, m int
		sign := 1
		if rest[0] == '-' {
			sign = -1
		}
		if n, err := fmt.Sscanf(rest[1:], "%d:%d", &h, &m); err == nil && n == 2 && (rest[0] == '+' || sign < 0) && h <= 18 && m < 60 {
			return time.FixedZone(name, sign*(h*3600+m*60)), nil
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("the time zone '%s' is not known: write a region as 'Europe/Berlin', 'UTC' or an offset as 'GMT+08:00'", name)
	}
	return zone, nil
}

func checkDuration(value string) (string, error) {
	if _, err := ParseDuration(value); err != nil {
		return "", err
	}
	return strings.TrimSpace(value), nil
}

var durationUnits = map[string]time.Duration{
	"": time.Millisecond, "ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"us": time.Microsecond, "µs": time.Microsecond, "micro": time.Microsecond, "micros": time.Microsecond, "microsecond": time.Microsecond, "microseconds": time.Microsecond,
	"ns": time.Nanosecond, "nano": time.Nanosecond, "nanos": time.Nanosecond, "nanosecond": time.Nanosecond, "nanoseconds": time.Nanosecond,
}

// ParseDuration reads a duration in Flink's form: a whole number and a unit, '10 s', '200 ms', '1 h'; milliseconds
// without unit.
func ParseDuration(value string) (time.Duration, error) {
	s := strings.ToLower(strings.TrimSpace(value))
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	unit, ok := durationUnits[strings.TrimSpace(s[i:])]
	if err != nil || !ok || n > int64(1<<63-1)/int64(unit) {
		return 0, fmt.Errorf("'%s' is no duration: a whole number and a unit are expected, as in '10 s' or '200 ms'", value)
	}
	return time.Duration(n) * unit, nil
}

func checkMemory(value string) (string, error) {
	if _, err := ParseMemory(value, 1); err != nil {
		return "", err
	}
	return strings.TrimSpace(value), nil
}

var memoryUnits = map[string]int64{"": 1, "b": 1, "bytes": 1, "k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "mib": 1 << 20,
	"g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tb": 1 << 40, "tib": 1 << 40}

// ParseMemory reads a size in bytes, '512 mb', or a percentage of ram, '60%'.
func ParseMemory(value string, ram int64) (int64, error) {
	s := strings.ToLower(strings.TrimSpace(value))
	bad := fmt.Errorf("'%s' is no size: bytes as in '512 mb' or a percentage as in '60%%' are expected", value)
	if p, ok := strings.CutSuffix(s, "%"); ok {
		n, err := strconv.ParseInt(strings.TrimSpace(p), 10, 64)
		if err != nil || n < 1 || n > 100 {
			return 0, bad
		}
		return ram / 100 * n, nil
	}
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	unit, ok := memoryUnits[strings.TrimSpace(s[i:])]
	if err != nil || !ok || n < 1 || n > int64(1<<62)/unit {
		return 0, bad
	}
	return n * unit, nil
}
