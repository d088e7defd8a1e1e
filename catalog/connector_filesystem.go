package catalog

import (
	"fmt"
	"strings"
)

// DefaultPartition is what stands for NULL and the empty string in names of directories, unless a table says otherwise;
// it is Hive's.
const DefaultPartition = "__DEFAULT_PARTITION__"

func init() {
	registerConnector(&Connector{
		Name: "filesystem", Source: true, Sink: true, Formats: true, Partitioned: true, Overwritten: true,
		Metadata: []string{"file.path", "file.name", "file.size", "file.modification-time"},
		Options: []OptionSpec{
			{Key: "path", Required: true, Doc: "a file, a directory, or a pattern with * and ?; as a sink: a directory"},
			{Key: "source.monitor-interval", Check: positiveDurationOption, Doc: "look for new files so often; unset: read those that there are and end"},
			{Key: "source.read-order", Default: "watermark", Check: wordOption("watermark", "path"), Doc: "path: all files are one, in the order of their paths; watermark: the files are read side by side in event time"},
			{Key: "scan.parallelism", Check: parallelismOption, Doc: "parallelism of the source"},
			{Key: "sink.parallelism", Check: parallelismOption, Doc: "parallelism of the sink"},
			{Key: "source.report-statistics", Default: "NONE", Check: wordOption("NONE", "ALL"), Doc: "accepted; weir plans without statistics"},
			{Key: "scan.watermark.emit.strategy", Check: wordOption("on-periodic", "on-event"), Doc: "accepted, and without effect as in Flink"},
			{Key: "source.path.regex-pattern", Check: unsupportedOption, Doc: "not supported"},
			{Key: "scan.watermark.alignment.group", Check: unsupportedOption, Doc: "not supported"},
			{Key: "scan.watermark.alignment.max-drift", Check: unsupportedOption, Doc: "not supported"},
			{Key: "scan.watermark.alignment.update-interval", Check: unsupportedOption, Doc: "not supported"},
			{Key: "scan.watermark.idle-timeout", Check: unsupportedOption, Doc: "not supported; SET 'table.exec.source.idle-timeout' is"},
			{Key: "sink.rolling-policy.file-size", Check: sizeOption, Doc: "accepted: a part ends with its epoch"},
			{Key: "sink.rolling-policy.rollover-interval", Check: durationOption, Doc: "accepted: a part ends with its epoch"},
			{Key: "sink.rolling-policy.check-interval", Check: durationOption, Doc: "accepted: a part ends with its epoch"},
			{Key: "sink.rolling-policy.inactivity-interval", Check: durationOption, Doc: "accepted: a part ends with its epoch"},
			{Key: "auto-compaction", Default: "false", Check: offOption, Doc: "only false is supported"},
			{Key: "compaction.file-size", Check: sizeOption, Doc: "accepted: there is no compaction"},
			{Key: "partition.default-name", Default: DefaultPartition, Doc: "stands for NULL and the empty string in names of directories"},
			{Key: "partition.time-extractor.kind", Check: unsupportedOption, Doc: "not supported"},
			{Key: "partition.time-extractor.class", Check: unsupportedOption, Doc: "not supported"},
			{Key: "partition.time-extractor.timestamp-pattern", Check: unsupportedOption, Doc: "not supported"},
			{Key: "partition.time-extractor.timestamp-formatter", Check: unsupportedOption, Doc: "not supported"},
			{Key: "sink.partition-commit.trigger", Default: "process-time", Check: wordOption("process-time"), Doc: "partitions are committed with their parts"},
			{Key: "sink.partition-commit.delay", Default: "0 s", Check: zeroDurationOption, Doc: "accepted: only no delay is supported"},
			{Key: "sink.partition-commit.watermark-time-zone", Check: unsupportedOption, Doc: "not supported"},
			{Key: "sink.partition-commit.policy.kind", Check: wordOption("success-file"), Doc: "success-file: an empty file says that a partition has been committed"},
			{Key: "sink.partition-commit.policy.class", Check: unsupportedOption, Doc: "not supported"},
			{Key: "sink.partition-commit.policy.class.parameters", Check: unsupportedOption, Doc: "not supported"},
			{Key: "sink.partition-commit.success-file.name", Default: "_SUCCESS", Check: fileNameOption, Doc: "the name of that file"},
			{Key: "sink.shuffle-by-partition.enable", Default: "false", Check: offOption, Doc: "only false is supported"},
		},
		Unbounded: func(options map[string]string) bool {
			_, ok := options["source.monitor-interval"]
			return ok
		},
	})
	registerConnector(&Connector{
		Name: "stdin", Source: true, Formats: true,
		Options: []OptionSpec{
			{Key: "scan.parallelism", Check: parallelismOption, Doc: "parallelism of the source; one subtask reads"},
		},
		Unbounded: func(map[string]string) bool { return true },
	})
}

// unsupportedOption refuses an option that Flink has and weir has not.
func unsupportedOption(string) error { return fmt.Errorf("the option is not supported") }

// offOption accepts an option only where it switches off what weir has not.
func offOption(v string) error {
	on, err := parseBool(v)
	if err == nil && on {
		return fmt.Errorf("true is not supported")
	}
	return err
}

func parseBool(v string) (bool, error) {
	if err := boolOption(v); err != nil {
		return false, err
	}
	return v[0] == 't' || v[0] == 'T', nil
}

// wordOption accepts some words.
func wordOption(words ...string) func(string) error {
	check := oneOf(words...)
	return func(v string) error {
		_, err := check(v)
		return err
	}
}

// zeroDurationOption accepts a time of 0 only.
func zeroDurationOption(v string) error {
	d, err := ParseDuration(v)
	if err == nil && d != 0 {
		return fmt.Errorf("only 0 is supported, found '%s'", v)
	}
	return err
}

// fileNameOption accepts the name of a file that readers pass over.
func fileNameOption(v string) error {
	if !strings.HasPrefix(v, "_") && !strings.HasPrefix(v, ".") || strings.ContainsAny(v, "/\x00") {
		return fmt.Errorf("the name of a file that begins with _ or a point is expected, found '%s'", v)
	}
	return nil
}

func sizeOption(v string) error {
	_, err := ParseMemory(v, 0)
	return err
}

func positiveDurationOption(v string) error {
	d, err := ParseDuration(v)
	if err == nil && d <= 0 {
		return fmt.Errorf("a time longer than 0 is expected, found '%s'", v)
	}
	return err
}
