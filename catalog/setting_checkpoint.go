package catalog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The settings of checkpoints, savepoints and what a job begins with. Their older names are those of Flink 1.
func init() {
	registerSetting(
		&Setting{Key: "execution.checkpointing.interval", Check: checkDuration, Doc: "time from the beginning of a checkpoint to that of the next; unset or 0: none by time"},
		&Setting{Key: "execution.checkpointing.dir", Aliases: []string{"state.checkpoints.dir"}, Check: checkDirectory, Doc: "directory below which each job keeps its checkpoints"},
		&Setting{Key: "execution.checkpointing.savepoint-dir", Aliases: []string{"state.savepoints.dir"}, Check: checkDirectory, Doc: "directory in which savepoints are made where none is given"},
		&Setting{Key: "execution.checkpointing.num-retained", Aliases: []string{"state.checkpoints.num-retained"}, Default: "1", Check: checkPositive, Doc: "checkpoints of a job that are kept, the last ones"},
		&Setting{Key: "execution.checkpointing.timeout", Default: "10 min", Check: checkTimeout, Doc: "time after which a checkpoint is given up"},
		&Setting{Key: "execution.checkpointing.min-pause", Default: "0 ms", Check: checkDuration, Doc: "time from the end of a checkpoint to the beginning of the next at least"},
		&Setting{Key: "execution.checkpointing.tolerable-failed-checkpoints", Default: "0", Check: checkTolerable, Doc: "checkpoints in a row that may fail before the job does; -1: any number"},
		&Setting{Key: "execution.checkpointing.mode", Default: "EXACTLY_ONCE", Check: oneOf("EXACTLY_ONCE", "AT_LEAST_ONCE"), Doc: "each row counts exactly once; AT_LEAST_ONCE gets that, too"},
		&Setting{Key: "execution.checkpointing.max-concurrent-checkpoints", Default: "1", Check: checkConcurrent, Doc: "checkpoints under way at a time: one, in weir"},
		&Setting{Key: "execution.checkpointing.externalized-checkpoint-retention", Default: "RETAIN_ON_CANCELLATION", Check: oneOf("DELETE_ON_CANCELLATION", "RETAIN_ON_CANCELLATION", "NO_EXTERNALIZED_CHECKPOINTS"), Doc: "whether the last checkpoints outlive a job that is stopped: they always do in weir"},
		&Setting{Key: "execution.checkpointing.unaligned.enabled", Aliases: []string{"execution.checkpointing.unaligned"}, Default: "false", Check: only("false"), Doc: "whether barriers overtake rows: never, in weir"},
		&Setting{Key: "execution.state-recovery.path", Aliases: []string{"execution.savepoint.path"}, Check: checkDirectory, Doc: "savepoint or checkpoint that the next jobs begin with"},
		&Setting{Key: "execution.state-recovery.ignore-unclaimed-state", Aliases: []string{"execution.savepoint.ignore-unclaimed-state"}, Default: "false", Check: checkBool, Doc: "whether state that no operator continues may be left behind"},
		&Setting{Key: "execution.state-recovery.claim-mode", Aliases: []string{"execution.savepoint-restore-mode"}, Default: "NO_CLAIM", Check: oneOf("NO_CLAIM", "CLAIM", "LEGACY"), Doc: "whose the savepoint is that a job begins with: weir never deletes one"},
		&Setting{Key: "weir.checkpoint.rows", Check: checkPositive, Doc: "rows read from sources from one checkpoint to the next; unset: none by rows"},
		&Setting{Key: "weir.checkpoint.stdin", Default: "refuse", Check: oneOf("refuse", "allow"), Doc: "whether a job that reads standard input may take checkpoints: after a crash what it had read is lost"},
	)
}

// checkDirectory accepts a path of this machine, also as a URL of it.
func checkDirectory(value string) (string, error) {
	path := strings.TrimSpace(value)
	scheme, rest, ok := strings.Cut(path, "://")
	switch {
	case ok && strings.EqualFold(scheme, "file"):
		if !strings.HasPrefix(rest, "/") { // file://host/path is on another machine
			return "", fmt.Errorf("'%s' is no path of this machine: write file:///path", value)
		}
		path = rest
	case ok && !strings.Contains(scheme, "/"):
		return "", fmt.Errorf("the file system '%s' is not supported: only directories of this machine are", scheme)
	}
	if path == "" {
		return "", errors.New("a directory is expected")
	}
	return path, nil
}

func checkTimeout(value string) (string, error) {
	d, err := ParseDuration(value)
	if err != nil {
		return "", err
	}
	if d == 0 {
		return "", errors.New("a checkpoint needs some time: the timeout must be longer than 0")
	}
	return strings.TrimSpace(value), nil
}

func checkTolerable(value string) (string, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
	if err != nil || n < -1 {
		return "", fmt.Errorf("a whole number of at least 0 is expected, or -1 for any number; found '%s'", value)
	}
	return strconv.FormatInt(n, 10), nil
}

func checkConcurrent(value string) (string, error) {
	v, err := checkPositive(value)
	if err != nil {
		return "", err
	}
	if v != "1" {
		return "", fmt.Errorf("weir takes one checkpoint at a time, found %s: leave it at 1", v)
	}
	return v, nil
}
