package diag

// List is several independent Diagnostics of one statement, in the order of its text. errors.As finds the first.
type List []*Diagnostic

// Error returns the message of the first.
func (l List) Error() string {
	if len(l) == 0 {
		return "no error"
	}
	return l[0].Message
}

// Unwrap returns the diagnostics.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, d := range l {
		errs[i] = d
	}
	return errs
}
