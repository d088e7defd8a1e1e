package planner

import (
	"strings"
	"testing"

	"weir/catalog"
)

// TestFunctionsThatAreThereNeedNoAdvice checks that no list of functions that weir has not names one that it has.
func TestFunctionsThatAreThereNeedNoAdvice(t *testing.T) {
	names := map[string]string{}
	for _, name := range flinkFunctions {
		names[name] = "flinkFunctions"
	}
	for name := range elsewhere {
		if names[name] != "" {
			t.Errorf("elsewhere has %s, for which flinkFunctions is asked first", name)
		}
		names[name] = "elsewhere"
	}
	for name, list := range names {
		f, function := catalog.LookupFunction(name)
		_, aggregate := catalog.LookupAggregate(name)
		if function && strings.HasPrefix(f.Syntax, name+"[") {
			continue // it is there, and not written as a call
		}
		if function || aggregate {
			t.Errorf("%s has %s, which the catalog has too", list, name)
		}
	}
}
