package catalog

import (
	"slices"
	"strings"
	"testing"
)

func TestFlinkSettings(t *testing.T) {
	keys := FlinkSettings()
	if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
		t.Error("setting_flink.txt is not sorted, or has a key twice: LC_ALL=C sort -u")
	}
	for _, k := range keys {
		if !IsFlinkSetting(k) || !IsForeignSetting(k) {
			t.Errorf("%s is not found", k)
		}
	}
	for _, s := range KnownSettings() {
		for _, k := range append([]string{s.Key}, s.Aliases...) {
			if !strings.HasPrefix(k, "weir.") && !IsFlinkSetting(k) {
				t.Errorf("%s is a setting of weir under a name that is neither its own nor Flink's", k)
			}
		}
	}
	if IsForeignSetting("weir.batch.row") || IsForeignSetting("x.y") || !IsForeignSetting("metrics.reporter.x.class") {
		t.Error("prefixes are not told apart")
	}
}
