package catalog

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// flinkSettings are the keys of Flink 2.2 and those of Flink 1 that it still reads, sorted, a line each; keys with a
// part that the user names, as metrics.reporter.<name>.class, are not among them.
//
//go:embed setting_flink.txt
var flinkSettings string

// FlinkSettings lists the keys that Flink is known to have, sorted. Flink has more.
var FlinkSettings = sync.OnceValue(func() []string { return strings.Fields(flinkSettings) })

// IsFlinkSetting reports whether Flink is known to have the key.
func IsFlinkSetting(key string) bool {
	_, ok := slices.BinarySearch(FlinkSettings(), key)
	return ok
}

// foreign are the beginnings of Flink's keys: a script for a cluster may set them, weir has no use for most.
var foreign = []string{
	"akka.", "blob.", "classloader.", "cleanup-strategy.", "client.", "cluster.", "env.", "events.", "execution.", "fs.", "heartbeat.", "high-availability",
	"historyserver.", "io.", "job-event.", "job-result-store.", "jobmanager.", "jobstore.", "kubernetes.", "metrics.", "parallelism.", "pekko.", "pipeline.", "process.", "python.",
	"queryable-state.", "resourcemanager.", "rest.", "restart-strategy", "s3.", "security.", "slot.", "slotmanager.", "slow-task-detector.", "sql-client.",
	"sql-gateway.", "state.", "table.", "task.", "taskmanager.", "traces.", "web.", "yarn.", "zookeeper.",
}

// IsForeignSetting reports whether key is one that Flink may know though weir does not.
func IsForeignSetting(key string) bool {
	return IsFlinkSetting(key) || slices.ContainsFunc(foreign, func(p string) bool { return strings.HasPrefix(key, p) })
}
