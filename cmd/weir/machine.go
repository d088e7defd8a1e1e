package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"

	"github.com/chzyer/readline"
)

// ram is the machine's memory in bytes, or 8 GiB where it is not told.
func ram() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err == nil {
		if _, rest, ok := bytes.Cut(text, []byte("MemTotal:")); ok {
			if fields := bytes.Fields(rest); len(fields) > 0 {
				if kb, err := strconv.ParseInt(string(fields[0]), 10, 64); err == nil {
					return kb << 10
				}
			}
		}
	}
	return 8 << 30
}

func isTerminal(f *os.File) bool { return readline.IsTerminal(int(f.Fd())) }

func random() *rand.Rand { return rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) }

// version is what the module was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" {
			v = "devel " + s.Value[:min(12, len(s.Value))]
		}
	}
	return v
}
