package datagen

import (
	"weir/catalog"
	"weir/vector"
	"weir/vector/kernel"
)

// defaultElements is how many elements collections have without a length of their own, as in Flink.
const defaultElements = 3

// partSeeds lie between the seeds of the parts of a field: any large odd number will do that is not fieldSeeds.
const partSeeds = 0xD1B54A32D192ED03

// mostTimes is how often an element is in a MULTISET at most, as in Flink.
const mostTimes = 10

// readParts makes the generators of the parts of values, whose options have names of their own: fields.a.element.min of
// an ARRAY or MULTISET, fields.m.key.length and fields.m.value.max of a MAP, fields.r.x.min of the field x of a ROW.
func (f *field) readParts(t *catalog.Table, path string, options map[string]string) error {
	var names []string
	var types []vector.Type
	switch f.t.Kind {
	case vector.Row:
		for _, x := range f.t.Fields {
			names, types = append(names, x.Name), append(types, x.Type)
		}
	case vector.Map:
		names, types = []string{"key", "value"}, []vector.Type{*f.t.Key, *f.t.Elem}
	default:
		names, types = []string{"element"}, []vector.Type{*f.t.Elem}
	}
	for i, name := range names {
		name = path + "." + name
		p, err := newField(t, name, types[i], options, f.now)
		if err != nil {
			return err
		}
		if p.sequence {
			return invalid(t, "fields."+name+".kind", "a sequence within values of type %s is not supported", f.t.Name())
		}
		f.parts = append(f.parts, &p)
	}
	return nil
}

// nested makes n values with parts.
func (f *field) nested(n int, valid vector.Bitmap) vector.Column {
	if f.t.Kind == vector.Row {
		names, fields := make([]string, len(f.parts)), make([]vector.Column, len(f.parts))
		for i, p := range f.parts {
			names[i], fields[i] = f.t.Fields[i].Name, p.values(0, n)
		}
		return vector.NewStruct(names, fields, n, valid)
	}
	elems := f.parts[0].values(0, n*f.length)
	if f.t.Kind == vector.Array {
		offsets := make([]int32, n+1)
		for i := range offsets {
			offsets[i] = int32(i * f.length)
		}
		return vector.NewList(offsets, elems, valid)
	}
	// What is random may come twice: of equal keys the first stays.
	offsets, take := make([]int32, 1, n+1), make([]int32, 0, n*f.length)
	packer, there := kernel.NewPacker(elems), elems.Validity()
	for i := range n {
		seen := map[string]bool{}
		for k := i * f.length; k < (i+1)*f.length; k++ {
			key := "" // of NULL
			if there.At(k) {
				key = "=" + string(packer.Append(nil, k))
			}
			if !seen[key] {
				seen[key] = true
				take = append(take, int32(k))
			}
		}
		offsets = append(offsets, int32(len(take)))
	}
	var values vector.Column
	if f.t.Kind == vector.Map {
		values = f.parts[1].values(0, n*f.length)
	} else {
		times := make([]int32, n*f.length)
		for i := range times {
			times[i] = 1 + f.rand.Int32N(mostTimes)
		}
		values = vector.NewColumn(times, nil)
	}
	return vector.NewPairs(offsets, elems.Take(take), values.Take(take), valid)
}
