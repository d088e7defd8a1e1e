package expr_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"weir/catalog"
)

// TestZones asks in zones with and without daylight saving: a session's zone says which instant a local time is, and
// which local time an instant has. In the spring's gap a time is moved ahead, in the autumn's overlap it is the earlier.
func TestZones(t *testing.T) {
	const (
		berlin  = "Europe/Berlin"    // forward on 2024-03-31 at 02:00, back on 2024-10-27 at 03:00
		newYork = "America/New_York" // forward on 2024-03-10 at 02:00, back on 2024-11-03 at 02:00
		kolkata = "Asia/Kolkata"     // always 05:30 ahead
	)
	for _, c := range []struct{ zone, sql, want string }{
		// Instants around the changes, read as local times: the text, TIMESTAMP, DATE and TIME agree.
		{berlin, "CAST(TO_TIMESTAMP_LTZ(1711846799999, 3) AS STRING), TO_TIMESTAMP_LTZ(1711846800000, 3)", "2024-03-31 01:59:59.999 | 2024-03-31 03:00:00.000"},
		{berlin, "CAST(TO_TIMESTAMP_LTZ(1711846800000, 3) AS TIMESTAMP(0)), CAST(TO_TIMESTAMP_LTZ(1711846800000, 3) AS TIME), CAST(TO_TIMESTAMP_LTZ(1711839600000, 3) AS DATE)", "2024-03-31 03:00:00 | 03:00:00 | 2024-03-31"},
		{newYork, "CAST(TO_TIMESTAMP_LTZ(1730611799, 0) AS TIMESTAMP(0)), CAST(TO_TIMESTAMP_LTZ(1730615399, 0) AS TIMESTAMP(0)), CAST(TO_TIMESTAMP_LTZ(1730608200000, 3) AS DATE)", "2024-11-03 01:29:59 | 2024-11-03 01:29:59 | 2024-11-03"},
		{newYork, "CAST(TO_TIMESTAMP_LTZ(1704085199999, 3) AS DATE), CAST(TO_TIMESTAMP_LTZ(1704085200000, 3) AS DATE)", "2023-12-31 | 2024-01-01"},
		{kolkata, "CAST(TO_TIMESTAMP_LTZ(-1, 3) AS TIMESTAMP(3)), CAST(TO_TIMESTAMP_LTZ(-19800001, 3) AS DATE)", "1970-01-01 05:29:59.999 | 1969-12-31"},
		{"GMT-03:00", "CAST(TO_TIMESTAMP_LTZ(0, 3) AS TIMESTAMP(3)), CAST(TO_TIMESTAMP_LTZ(0, 3) AS TIME)", "1969-12-31 21:00:00.000 | 21:00:00"},
		{"Asia/Shanghai", "TO_TIMESTAMP_LTZ(CAST(100.01 AS FLOAT), 0), TO_TIMESTAMP_LTZ(-1.5e0, 3), TO_TIMESTAMP_LTZ(1.5, 0), TO_TIMESTAMP_LTZ(1e300, 0)", "1970-01-01 08:01:40.010 | 1970-01-01 07:59:59.999 | 1970-01-01 08:00:01.000 | NULL"},
		// Local times as instants, told by the seconds between them: across a change a day has 23 or 25 hours.
		{berlin, instants("2024-03-31 00:00:00", "2024-04-01 00:00:00"), "82800"},
		{berlin, instants("2024-10-27 00:00:00", "2024-10-28 00:00:00"), "90000"},
		{newYork, instants("2024-03-10 01:59:59", "2024-03-10 03:00:00"), "1"},
		{newYork, instants("2024-03-10 02:30:00", "2024-03-10 03:30:00"), "0"}, // there was no 02:30
		{newYork, instants("2024-11-03 00:59:59", "2024-11-03 01:00:00"), "1"}, // the first of two
		{newYork, instants("2024-11-03 01:59:59", "2024-11-03 02:00:00"), "3601"},
		{kolkata, instants("2024-03-31 00:00:00", "2024-04-01 00:00:00"), "86400"},
		{"GMT+05:30", instants("1970-01-01 00:00:00", "1970-01-01 05:30:00"), "19800"},
		{berlin, "CAST(CAST(DATE '2024-07-01' AS TIMESTAMP_LTZ(3)) AS TIMESTAMP(3)), CAST(CAST(TIME '04:05:06' AS TIMESTAMP_LTZ(0)) AS TIMESTAMP(0))", "2024-07-01 00:00:00.000 | 1970-01-01 04:05:06"},
		{berlin, "CAST('2024-03-31 02:30:00.123456789' AS TIMESTAMP_LTZ(9)), CAST(TIMESTAMP '2024-03-31 02:30:00.123456789' AS TIMESTAMP_LTZ(9))", "2024-03-31 03:30:00.123456789 | 2024-03-31 03:30:00.123456789"},
		{berlin, "TRY_CAST('2024-03-31 2:3' AS TIMESTAMP_LTZ(3)), TRY_CAST('2024-03-31' AS TIMESTAMP_LTZ(3))", "NULL | 2024-03-31 00:00:00.000"},
		// Comparisons take the TIMESTAMP as a local time of the session.
		{newYork, "CAST('2024-07-01 00:00:00' AS TIMESTAMP_LTZ(3)) = TIMESTAMP '2024-07-01 00:00:00', TO_TIMESTAMP_LTZ(1719806400000, 3) = TIMESTAMP '2024-07-01 00:00:00', TO_TIMESTAMP_LTZ(1719806400000, 3) = TIMESTAMP '2024-07-01 04:00:00'", "TRUE | TRUE | FALSE"},
		{newYork, "TIMESTAMP '2024-07-01 00:00:00.000000001' > TO_TIMESTAMP_LTZ(1719806400000, 3), TO_TIMESTAMP_LTZ(1719806400000, 3) BETWEEN TIMESTAMP '2024-06-30 23:59:59' AND TIMESTAMP '2024-07-01 00:00:01'", "TRUE | TRUE"},
		{newYork, "TO_TIMESTAMP_LTZ(1710055800000, 3) = TIMESTAMP '2024-03-10 02:30:00', TO_TIMESTAMP_LTZ(1730615400, 0) = TIMESTAMP '2024-11-03 01:30:00', TO_TIMESTAMP_LTZ(1730611800, 0) = TIMESTAMP '2024-11-03 01:30:00'", "TRUE | FALSE | TRUE"},
		{kolkata, "TO_TIMESTAMP_LTZ(0, 3) IN (TIMESTAMP '1970-01-01 05:30:00'), TO_TIMESTAMP_LTZ(0, 3) < '1970-01-01 05:30:00.001'", "TRUE | TRUE"},
		{berlin, "COALESCE(CAST(NULL AS TIMESTAMP(3)), TO_TIMESTAMP_LTZ(0, 3)), GREATEST(TIMESTAMP '1970-01-01 02:00:00', TO_TIMESTAMP_LTZ(0, 3))", "1970-01-01 01:00:00.000 | 1970-01-01 02:00:00.000"},
		// Days of intervals have 24 hours; months are counted in local time, and what comes twice stays where it was.
		{berlin, "CAST('2024-03-30 12:00:00' AS TIMESTAMP_LTZ(0)) + INTERVAL '1' DAY, CAST('2024-03-30 12:00:00' AS TIMESTAMP_LTZ(0)) + INTERVAL '1' MONTH", "2024-03-31 13:00:00 | 2024-04-30 12:00:00"},
		{"Asia/Shanghai", "CAST('2024-03-31 07:00:00' AS TIMESTAMP_LTZ(0)) + INTERVAL '1' MONTH, CAST('2024-02-29 23:00:00' AS TIMESTAMP_LTZ(3)) - INTERVAL '1' YEAR", "2024-04-30 07:00:00 | 2023-02-28 23:00:00.000"},
		{"Asia/Shanghai", "TIMESTAMPDIFF(MONTH, CAST('2024-03-31 07:00:00' AS TIMESTAMP_LTZ(0)), CAST('2024-04-30 07:00:00' AS TIMESTAMP_LTZ(0)))", "1"},
		{newYork, "CAST('2024-02-10 02:30:00' AS TIMESTAMP_LTZ(0)) + INTERVAL '1' MONTH", "2024-03-10 03:30:00"},
		{newYork, "EXTRACT(EPOCH FROM TO_TIMESTAMP_LTZ(1730615400, 0) + INTERVAL '0' MONTH) - EXTRACT(EPOCH FROM TO_TIMESTAMP_LTZ(1730611800, 0)), TO_TIMESTAMP_LTZ(1730615400, 0) + INTERVAL '0' MONTH = TO_TIMESTAMP_LTZ(1730615400, 0)", "0 | TRUE"},
		// FLOOR and CEIL go to local units; of an hour that comes twice each begins for itself.
		{newYork, "FLOOR(TO_TIMESTAMP_LTZ(1730615445, 0) TO MINUTE) = TO_TIMESTAMP_LTZ(1730615400, 0), FLOOR(TO_TIMESTAMP_LTZ(1730615445, 0) TO HOUR) = TO_TIMESTAMP_LTZ(1730613600, 0), CEIL(TO_TIMESTAMP_LTZ(1730611800, 0) TO HOUR) = TO_TIMESTAMP_LTZ(1730613600, 0)", "TRUE | TRUE | TRUE"},
		{newYork, "FLOOR(TO_TIMESTAMP_LTZ(1730660400, 0) TO DAY), CEIL(TO_TIMESTAMP_LTZ(1730660400, 0) TO DAY), CEIL(CAST('2024-03-10 01:30:00' AS TIMESTAMP_LTZ(0)) TO HOUR)", "2024-11-03 00:00:00.000 | 2024-11-04 00:00:00.000 | 2024-03-10 03:00:00"},
		{kolkata, "FLOOR(TO_TIMESTAMP_LTZ(0, 3) TO HOUR), FLOOR(TO_TIMESTAMP_LTZ(0, 3) TO DAY), EXTRACT(MINUTE FROM TO_TIMESTAMP_LTZ(0, 3))", "1970-01-01 05:00:00.000 | 1970-01-01 00:00:00.000 | 30"},
		{berlin, "EXTRACT(HOUR FROM TO_TIMESTAMP_LTZ(1711846800000, 3)), DATE_FORMAT(TO_TIMESTAMP_LTZ(1711846799000, 3), 'HH:mm:ss'), HOUR(TO_TIMESTAMP_LTZ(1729990800, 0)), HOUR(TO_TIMESTAMP_LTZ(1729987200, 0))", "3 | 01:59:59 | 2 | 2"},
	} {
		zone, err := catalog.LoadZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		_, rows, err := query("SELECT "+c.sql, zone)
		if err != nil {
			t.Errorf("%s in %s: %v", c.sql, c.zone, err)
			continue
		}
		var got []string
		for _, v := range rows[0] {
			if v == nil {
				got = append(got, "NULL")
			} else {
				got = append(got, *v)
			}
		}
		if want := strings.Split(c.want, " | "); !slices.Equal(got, want) {
			t.Errorf("%s in %s: %q, want %q", c.sql, c.zone, got, want)
		}
	}
}

// instants is an expression for the seconds between two local times, as instants.
func instants(from, to string) string {
	return "TIMESTAMPDIFF(SECOND, CAST('" + from + "' AS TIMESTAMP_LTZ(3)), CAST('" + to + "' AS TIMESTAMP_LTZ(3)))"
}

// TestZoneArguments reads a local time in a zone that an argument names.
func TestZoneArguments(t *testing.T) {
	for name, want := range map[string]string{
		"UTC": "12:00", "GMT": "12:00", "UT": "12:00", "Z": "12:00", "Europe/Berlin": "10:00", "GMT+08:00": "04:00", "UTC+8": "04:00", "UTC-03:30": "15:30", "+05:30": "06:30", "-0330": "15:30",
		"+01:00:30": "10:59", "UT+1": "11:00", "Etc/GMT+2": "14:00",
		"": "", "Local": "", "Nope/Zone": "", "GMT+19:00": "", "+1:30": "", "GMT+": "", "UTC+08:60": "", "+x": "", "+123": "", "+01:00:00:00": "", "../UTC": "",
	} {
		_, rows, err := query("SELECT TO_TIMESTAMP_LTZ('2020-07-01 12:00', 'yyyy-MM-dd HH:mm', '"+name+"')", time.UTC)
		switch {
		case err != nil && want != "":
			t.Errorf("%q: %v", name, err)
		case err == nil && (want == "" || !strings.HasPrefix(*rows[0][0], "2020-07-01 "+want)):
			t.Errorf("%q: %s, want %s", name, *rows[0][0], want)
		}
	}
}
