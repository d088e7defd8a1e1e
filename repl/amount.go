package repl

import "weir/planner/plan"

// BytesText prints a number of bytes with three digits that count, as the status line does.
func BytesText(n int64) string { return bytesText(float64(n)) }

// CountText prints a number with commas between thousands, as plans do.
func CountText(n int64) string { return plan.Grouped(n) }
