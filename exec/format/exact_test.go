package format

import (
	"testing"

	"weir/vector"
)

func TestNumberForm(t *testing.T) {
	for _, c := range []struct {
		text string
		form Form
		ok   bool
	}{
		{"0", Form{}, true},
		{"-7", Form{Whole: 1}, true},
		{"120", Form{Whole: 3}, true},
		{"0.50", Form{Fraction: 2, Point: true}, true},
		{"-12.5", Form{Whole: 2, Fraction: 1, Point: true}, true},
		{".5", Form{Fraction: 1, Point: true}, true},
		{"5.", Form{Whole: 1, Point: true}, true},
		{"1e5", Form{Whole: 1, Exponent: true}, true},
		{"1.5E-10", Form{Whole: 1, Fraction: 1, Point: true, Exponent: true}, true},
		{"", Form{}, false}, {"-", Form{}, false}, {".", Form{}, false}, {"e5", Form{}, false}, {"1e", Form{}, false}, {"1e+", Form{}, false},
		{"007", Form{}, false}, {"00.5", Form{}, false}, {"+4", Form{}, false}, {"1,000", Form{}, false}, {"1.2.3", Form{}, false},
		{"0x1p3", Form{}, false}, {"1f", Form{}, false}, {"1 2", Form{}, false}, {"--1", Form{}, false}, {"NaN", Form{}, false},
	} {
		if f, ok := NumberForm([]byte(c.text)); ok != c.ok || ok && f != c.form {
			t.Errorf("%q: %+v %v, want %+v %v", c.text, f, ok, c.form, c.ok)
		}
	}
}

// An exact builder takes no value that comes back as another; one that isn't takes them all.
func TestExact(t *testing.T) {
	for _, c := range []struct {
		typ        vector.Type
		kept, lost []string
	}{
		{vector.IntType, []string{"0", "-1", "12", " 12 ", "123456789"}, []string{"007", "+1", "-01", "012345678"}},
		{vector.DecimalType(18, 2), []string{"1.25", "1.2", "1", "1.250", "-0.5", "0.05", "10.00"}, []string{"1.255", "01.25", "+1.25", "1e2", "0.001"}},
		{vector.DoubleType, []string{"1.5", "1e300", "NaN", "-Infinity"}, []string{"01", "1.5f", "0x1p3"}},
		{vector.DateType, []string{"2020-01-02"}, []string{"2020-1-2"}},
		{vector.TimestampType(3), []string{"2020-01-02 03:04:05", "2020-01-02 03:04:05.678"}, []string{"2020-01-02 03:04:05.6789"}},
		{vector.TimestampType(9), []string{"2020-01-02 03:04:05.678912345"}, nil},
		{vector.TimestampLTZType(3), []string{"2020-01-02 03:04:05.678Z"}, []string{"2020-01-02 03:04:05.6789Z"}},
		{vector.StringType, []string{"007", "+1"}, nil},
	} {
		for _, exact := range []bool{false, true} {
			b, err := NewBuilder(c.typ, TimeFormat{ShortDate: true}, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			if exact {
				b.beExact()
			}
			b.Reset(1)
			takes := func(text string) bool {
				data := append(make([]byte, Margin), text...)
				return b.Append(data, []Span{{Margin, int32(len(data))}}) == 1
			}
			for _, text := range c.kept {
				if !takes(text) {
					t.Errorf("%s, exact %v: %q is refused", c.typ.Name(), exact, text)
				}
			}
			for _, text := range c.lost {
				if takes(text) == exact {
					t.Errorf("%s, exact %v: %q is taken: %v", c.typ.Name(), exact, text, !exact)
				}
			}
			if b.Append(nil, []Span{Null}) != 1 {
				t.Errorf("%s, exact %v: NULL is refused", c.typ.Name(), exact)
			}
		}
	}
}
