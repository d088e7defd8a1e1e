package datagen

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"weir/catalog"
	"weir/vector"
)

// defaultLength is the length of random strings and bytes without one of their own, Flink's.
const defaultLength = 100

// field generates one column.
type field struct {
	t           vector.Type
	sequence    bool
	first, last int64
	lo, hi      int64   // random whole numbers, both inclusive
	flo, fhi    float64 // random numbers
	length      int
	varying     bool
	nullRate    float64
	maxPast     time.Duration
	now         time.Time // the clock when the job began
	seed        uint64    // of the field
	rand, nulls *rand.Rand
	next        int64    // the row that rand and nulls stand at
	parts       []*field // of values with parts
}

// blockRows are generated from one seed each, so that a restored generator finds its row after at most so many. No
// batch crosses the end of a block.
const blockRows = 8192

// seek goes to a row.
func (f *field) seek(row int64) {
	if row == f.next && row%blockRows != 0 {
		return
	}
	block := row / blockRows
	f.reseed(block)
	f.next = block * blockRows
	if row > f.next {
		f.generate(f.next, int(row-f.next))
	}
}

// reseed goes to the start of a block.
func (f *field) reseed(block int64) {
	f.rand = rand.New(rand.NewPCG(f.seed, uint64(2*block)))
	f.nulls = rand.New(rand.NewPCG(f.seed, uint64(2*block+1)))
	for i, p := range f.parts {
		p.seed, p.now = f.seed+uint64(i+1)*partSeeds, f.now
		p.reseed(block)
	}
}

// newField makes the generator of a column, or of a part of its values: path is its name in the options.
func newField(t *catalog.Table, path string, typ vector.Type, options map[string]string, now time.Time) (field, error) {
	f := field{t: typ, now: now, length: defaultLength}
	if typ.Physical() >= vector.List {
		f.length = defaultElements
	}
	key := func(what string) string { return "fields." + path + "." + what }
	text := func(what string) (string, bool) {
		v, ok := options[key(what)]
		return strings.TrimSpace(v), ok
	}
	if v, ok := text("null-rate"); ok {
		f.nullRate, _ = strconv.ParseFloat(v, 64)
	}
	if v, ok := text("var-len"); ok {
		f.varying = strings.EqualFold(v, "true")
	}
	if typ.Kind == vector.Char || typ.Kind == vector.Binary || (typ.IsString() || typ.IsBytes()) && typ.Precision < vector.MaxLength {
		f.length = typ.Precision
	}
	if v, ok := text("length"); ok {
		n, _ := strconv.Atoi(v)
		if n < 1 {
			return f, invalid(t, key("length"), "length (%s) must be at least 1", v)
		}
		f.length = n
	}
	if v, ok := text("max-past"); ok {
		f.maxPast, _ = catalog.ParseDuration(v)
	}
	if kind, _ := text("kind"); kind == "sequence" {
		return f, f.readSequence(t, key, text)
	}
	if typ.Physical() >= vector.List {
		return f, f.readParts(t, path, options)
	}
	return f, f.readBounds(t, path, key, text)
}

func (f *field) readSequence(t *catalog.Table, key func(string) string, text func(string) (string, bool)) error {
	if !f.t.IsNumeric() && !f.t.IsString() {
		return invalid(t, key("kind"), "a sequence of type %s is not supported", f.t.Name())
	}
	f.sequence = true
	for _, end := range []struct {
		what string
		to   *int64
	}{{"start", &f.first}, {"end", &f.last}} {
		v, ok := text(end.what)
		if !ok {
			return invalid(t, key("kind"), "missing required option '%s' of the sequence", key(end.what))
		}
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return invalid(t, key(end.what), "'%s' is no whole number", v)
		}
		*end.to = n
	}
	if f.last < f.first {
		return invalid(t, key("end"), "the sequence ends (%d) before it starts (%d)", f.last, f.first)
	}
	return nil
}

func (f *field) readBounds(t *catalog.Table, path string, key func(string) string, text func(string) (string, bool)) error {
	switch f.t.Kind {
	case vector.TinyInt:
		f.lo, f.hi = math.MinInt8, math.MaxInt8
	case vector.SmallInt:
		f.lo, f.hi = math.MinInt16, math.MaxInt16
	case vector.Int:
		f.lo, f.hi = math.MinInt32, math.MaxInt32
	case vector.BigInt:
		f.lo, f.hi = math.MinInt64, math.MaxInt64
	case vector.Float:
		f.flo, f.fhi = -math.MaxFloat32, math.MaxFloat32
	case vector.Double:
		f.flo, f.fhi = -math.MaxFloat64, math.MaxFloat64
	case vector.Decimal:
		whole := math.Pow10(f.t.Precision - f.t.Scale)
		f.flo, f.fhi = -whole, whole
	case vector.Boolean, vector.Char, vector.Varchar, vector.Binary, vector.Varbinary, vector.Date, vector.TimeOfDay, vector.Timestamp, vector.TimestampLTZ:
		return nil
	default:
		return invalid(t, "connector", "column %s: generating %s is not supported", path, f.t.Name())
	}
	for _, b := range []struct {
		what string
		n    *int64
		x    *float64
	}{{"min", &f.lo, &f.flo}, {"max", &f.hi, &f.fhi}} {
		v, ok := text(b.what)
		if !ok {
			continue
		}
		if f.t.IsInteger() {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				return invalid(t, key(b.what), "'%s' is no %s", v, f.t.Name())
			}
			*b.n = n
			continue
		}
		x, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return invalid(t, key(b.what), "'%s' is no %s", v, f.t.Name())
		}
		*b.x = x
	}
	if f.lo > f.hi || f.flo > f.fhi {
		lo, _ := text("min")
		hi, _ := text("max")
		return invalid(t, key("min"), "lower bound (%s) must not be above upper bound (%s)", lo, hi)
	}
	return nil
}

// generate makes rows from..from+n-1 of the column, which lie in one block.
func (f *field) generate(from int64, n int) vector.Column {
	f.seek(from)
	f.next = from + int64(n)
	return f.values(from, n)
}

// values makes the next n values, the first of which is number from.
func (f *field) values(from int64, n int) vector.Column {
	var valid vector.Bitmap
	if f.nullRate > 0 {
		valid = vector.NewBitmap(n, true)
		for i := range n {
			if f.nulls.Float64() < f.nullRate {
				valid.Clear(i)
			}
		}
	}
	switch f.t.Physical() {
	case vector.Bool:
		bits := vector.NewBitmap(n, false)
		for i := range n {
			if f.rand.Uint64()&1 == 1 {
				bits.Set(i)
			}
		}
		return vector.NewBools(bits, n, valid)
	case vector.I8:
		return whole[int8](f, from, n, valid)
	case vector.I16:
		return whole[int16](f, from, n, valid)
	case vector.I32:
		return whole[int32](f, from, n, valid)
	case vector.I64:
		return whole[int64](f, from, n, valid)
	case vector.F32:
		return real[float32](f, from, n, valid)
	case vector.F64:
		return real[float64](f, from, n, valid)
	case vector.I128:
		return f.wide(from, n, valid)
	case vector.Bytes:
		return f.text(from, n, valid)
	}
	return f.nested(n, valid)
}

func whole[T int8 | int16 | int32 | int64](f *field, from int64, n int, valid vector.Bitmap) vector.Column {
	out := make([]T, n)
	for i := range out {
		switch {
		case f.sequence:
			out[i] = T(f.first + from + int64(i))
		case f.t.Kind == vector.Date:
			out[i] = T(f.now.Unix() / 86400)
		case f.t.Kind == vector.TimeOfDay:
			out[i] = T(f.now.UnixMilli() % 86400_000)
		case f.t.IsTimestamp():
			t := f.past()
			if f.t.Precision > 3 {
				out[i] = T(t.UnixMicro())
			} else {
				out[i] = T(t.UnixMilli())
			}
		case uint64(f.hi-f.lo) == math.MaxUint64:
			out[i] = T(f.rand.Uint64())
		default:
			out[i] = T(f.lo + int64(f.rand.Uint64N(uint64(f.hi-f.lo)+1)))
		}
	}
	return vector.NewColumn(out, valid)
}

// past is a random time up to max-past before the job began.
func (f *field) past() time.Time {
	if f.maxPast <= 0 {
		return f.now
	}
	return f.now.Add(-time.Duration(f.rand.Int64N(int64(f.maxPast) + 1)))
}

func real[T float32 | float64](f *field, from int64, n int, valid vector.Bitmap) vector.Column {
	out := make([]T, n)
	for i := range out {
		if f.sequence {
			out[i] = T(f.first + from + int64(i))
			continue
		}
		out[i] = T(f.between())
	}
	return vector.NewColumn(out, valid)
}

// between is a random number from flo to fhi; the halves are taken apart because their difference may be infinite.
func (f *field) between() float64 {
	u := f.rand.Float64()
	return f.flo*(1-u) + f.fhi*u
}

func (f *field) wide(from int64, n int, valid vector.Bitmap) vector.Column {
	out := make([]vector.Num128, n)
	for i := range out {
		if f.t.IsTimestamp() {
			t := f.past()
			out[i] = vector.NewInt128(t.UnixMicro(), uint64(t.Nanosecond()%1000))
			continue
		}
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(f.t.Scale)), nil)
		if f.sequence {
			out[i] = vector.Num128FromBig(scale.Mul(scale, big.NewInt(f.first+from+int64(i))))
			continue
		}
		x, _ := new(big.Float).Mul(big.NewFloat(f.between()), new(big.Float).SetInt(scale)).Int(nil)
		out[i] = vector.Num128FromBig(x)
	}
	return vector.NewColumn(out, valid)
}

const hexDigits = "0123456789abcdef"

func (f *field) text(from int64, n int, valid vector.Bitmap) vector.Column {
	offsets := make([]int32, n+1)
	var data []byte
	for i := range n {
		switch {
		case f.sequence:
			data = strconv.AppendInt(data, f.first+from+int64(i), 10)
		default:
			length := f.length
			if f.varying {
				length = 1 + f.rand.IntN(f.length)
			}
			for range length {
				if f.t.IsBytes() {
					data = append(data, byte(f.rand.Uint64()))
					continue
				}
				data = append(data, hexDigits[f.rand.Uint64()&15])
			}
		}
		offsets[i+1] = int32(len(data))
	}
	return vector.NewBytes(offsets, data, valid, f.t.IsBytes())
}
