package repl

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"weir/catalog"
	"weir/repl/session"
)

// Banner is the prompt's first line: the version, the parallelism of operators and who decided it, the session time
// zone, and where to go from there.
func Banner(version string, s *session.Session, cores int) string {
	parallelism, level := s.Settings.Get("parallelism.default")
	who := "from " + level.String()
	if level == catalog.Unset {
		parallelism, who = strconv.Itoa(cores), "cores"
	}
	name, _ := s.Settings.Get("table.local-time-zone")
	zone := "UTC"
	if z, err := catalog.LoadZone(name); err == nil {
		zone = z.String()
	}
	if zone == "Local" {
		zone = systemZone()
	}
	return fmt.Sprintf("weir %s, parallelism %s (%s), session time zone %s; .help for help", version, parallelism, who, zone)
}

// systemZone names the time zone of the system.
func systemZone() string {
	if tz := strings.TrimPrefix(os.Getenv("TZ"), ":"); tz != "" {
		return tz
	}
	if link, err := os.Readlink("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(link, "zoneinfo/"); ok {
			return name
		}
	}
	return "of the system"
}
