package catalog

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// An older name of a setting is the setting, in all that can be done with it.
func TestOlderNamesOfSettings(t *testing.T) {
	s := NewSettings()
	const key, old = "execution.checkpointing.dir", "state.checkpoints.dir"
	if s.IsSet(key) {
		t.Error("a directory is set in new settings")
	}
	if err := s.Set(old, "file:///tmp/x", System); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{key, old} {
		if v, level := s.Get(k); v != "/tmp/x" || level != System || !s.IsSet(k) {
			t.Errorf("%s is %q by %s", k, v, level)
		}
	}
	if err := s.Set(key, "/tmp/y", Environment); err != nil {
		t.Fatal(err)
	}
	if v, ok := s.At(old, Environment); !ok || v != "/tmp/y" {
		t.Errorf("%s is %q", old, v)
	}
	if keys := s.Keys(); !slices.Equal(keys, []string{key}) {
		t.Errorf("the keys are %q", keys)
	}
	s.Reset(old)
	if v, _ := s.Get(key); v != "/tmp/x" {
		t.Errorf("after RESET it is %q", v)
	}
	if spec := LookupSetting(old); spec == nil || spec.Key != key {
		t.Errorf("%s is %v", old, spec)
	}
	seen := map[string]bool{}
	for _, x := range KnownSettings() {
		for _, k := range append([]string{x.Key}, x.Aliases...) {
			if seen[k] {
				t.Errorf("%s is there twice", k)
			}
			seen[k] = true
		}
	}
}

func TestDefaultsOfCheckpoints(t *testing.T) {
	s := NewSettings()
	if d := s.Duration("execution.checkpointing.timeout"); d != 10*time.Minute {
		t.Errorf("the timeout is %s", d)
	}
	if d := s.Duration("execution.checkpointing.interval"); d != 0 || s.IsSet("execution.checkpointing.interval") {
		t.Errorf("the interval is %s", d)
	}
	if n := s.Int("weir.checkpoint.rows"); n != 0 {
		t.Errorf("there is a checkpoint each %d rows", n)
	}
	for _, x := range KnownSettings() {
		if x.Default == "" || x.Check == nil {
			continue
		}
		if v, err := x.Check(x.Default); err != nil || v != x.Default {
			t.Errorf("the default of %s becomes %q, %v", x.Key, v, err)
		}
	}
}

func TestValuesOfCheckpoints(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"interval", "10 s", "10 s"},
		{"interval", "soon", "!is no duration"},
		{"timeout", "0 s", "!longer than 0"},
		{"dir", "file:/x", "file:/x"},
		{"dir", "a://b/c", "!the file system 'a' is not supported"},
		{"dir", "S3://bucket/c", "!the file system 'S3' is not supported"},
		{"dir", "file://host/c", "!no path of this machine"},
		{"dir", "./a/b://c", "./a/b://c"},
		{"dir", " ", "!a directory is expected"},
		{"num-retained", "0", "!at least 1"},
		{"tolerable-failed-checkpoints", "-1", "-1"},
		{"tolerable-failed-checkpoints", "-2", "!at least 0"},
		{"mode", "at_least_once", "AT_LEAST_ONCE"},
		{"mode", "once", "!EXACTLY_ONCE, AT_LEAST_ONCE"},
		{"max-concurrent-checkpoints", "01", "1"},
		{"max-concurrent-checkpoints", "2", "!one checkpoint at a time"},
		{"unaligned.enabled", "FALSE", "false"},
		{"unaligned.enabled", "true", "!not supported"},
		{"externalized-checkpoint-retention", "delete_on_cancellation", "DELETE_ON_CANCELLATION"},
	} {
		got, err := LookupSetting("execution.checkpointing." + c.key).Check(c.value)
		if want, bad := strings.CutPrefix(c.want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s = %s: %q, %v", c.key, c.value, got, err)
			}
		} else if err != nil || got != want {
			t.Errorf("%s = %s: %q, %v", c.key, c.value, got, err)
		}
	}
}
