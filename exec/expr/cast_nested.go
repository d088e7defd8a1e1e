package expr

import (
	"math"

	"weir/vector"
	"weir/vector/kernel"
)

// nested casts values with parts. TRY_CAST makes NULL of a value of which a part cannot be cast.
func (n *castNode) nested(x vector.Column) (vector.Column, error) {
	rows := x.Len()
	valid := append(vector.Bitmap(nil), n.validity(rows, x)...)
	if n.from.Kind == vector.Row {
		names, fields := make([]string, len(n.to.Fields)), make([]vector.Column, len(n.to.Fields))
		for i, f := range n.to.Fields {
			c, failed, err := n.part(there(x, i), n.from.Fields[i].Type, f.Type)
			if err != nil {
				return x, err
			}
			if failed != nil {
				for row := range rows {
					if failed.At(row) {
						valid = clearBit(valid, rows, row)
						n.lose(rows, row)
					}
				}
			}
			names[i], fields[i] = f.Name, c
		}
		return vector.NewStruct(names, fields, rows, valid), nil
	}
	offsets, elems := x.Owned()
	// elements casts elements, or keys, and makes NULL of the values of which one cannot be cast.
	elements := func(c vector.Column, from, to vector.Type) (vector.Column, error) {
		c, failed, err := n.part(c, from, to)
		if failed == nil {
			return c, err
		}
		for row := range rows {
			for k := offsets[row]; k < offsets[row+1]; k++ {
				if failed.At(int(k)) {
					valid = clearBit(valid, rows, row)
					n.lose(rows, row)
					break
				}
			}
		}
		return c, err
	}
	if n.from.Kind == vector.Array {
		inner, err := elements(elems, *n.from.Elem, *n.to.Elem)
		if err != nil {
			return x, err
		}
		return vector.NewList(offsets, inner, valid), nil
	}
	fromKey, fromValue := n.from.Entry()
	toKey, toValue := n.to.Entry()
	keys, err := elements(elems.Field(0), fromKey, toKey)
	if err != nil {
		return x, err
	}
	values, err := elements(elems.Field(1), fromValue, toValue)
	if err != nil {
		return x, err
	}
	if !sameValues(fromKey, toKey) {
		offsets, keys, values = joinKeys(offsets, keys, values, n.to.Kind == vector.Multiset)
	}
	return vector.NewPairs(offsets, keys, values, valid), nil
}

// part casts the parts of values, and tells which could not be; nil: none.
func (n *castNode) part(x vector.Column, from, to vector.Type) (vector.Column, vector.Bitmap, error) {
	if sameValues(from, to) {
		return x, nil, nil
	}
	if x.NullCount() == x.Len() {
		return vector.Nulls(to, x.Len()), nil, nil
	}
	var failed vector.Bitmap
	inner := &castNode{place: n.place, from: from, to: to, try: n.try, zone: n.zone, location: n.location, failed: &failed}
	inner.scratch.keep()
	c, err := inner.cast(x)
	return c, failed, err
}

// lose notes that a row could not be cast.
func (n *castNode) lose(rows, row int) {
	if n.failed == nil {
		return
	}
	if *n.failed == nil {
		*n.failed = vector.NewBitmap(rows, false)
	}
	n.failed.Set(row)
}

// joinKeys joins the entries of a row whose keys the cast made equal: of a multiset the counts are added, of a map the
// last value is kept. The joined entry stands where the first did.
func joinKeys(offsets []int32, keys, values vector.Column, counted bool) ([]int32, vector.Column, vector.Column) {
	packed := kernel.Pack(keys)
	texts, there := packed.Strings(), packed.Validity()
	var (
		ends    = make([]int32, 1, len(offsets))
		first   = make([]int32, 0, keys.Len()) // of the entries with one key
		last    = make([]int32, 0, keys.Len())
		counts  []int32
		entries = map[string]int{} // of a row, by key
		null    int                // the entry of the key NULL; below 0: none
		times   []int32
	)
	if counted {
		times, counts = values.Int32(), make([]int32, 0, keys.Len())
	}
	for row := range len(offsets) - 1 {
		clear(entries)
		null = -1
		for k := offsets[row]; k < offsets[row+1]; k++ {
			at, met := null, null >= 0
			if there.At(int(k)) {
				at, met = entries[string(texts.At(int(k)))]
			}
			if met {
				last[at] = k
				if counted {
					counts[at] = int32(min(int64(counts[at])+int64(times[k]), math.MaxInt32))
				}
				continue
			}
			if at = len(first); there.At(int(k)) {
				entries[string(texts.At(int(k)))] = at
			} else {
				null = at
			}
			first, last = append(first, k), append(last, k)
			if counted {
				counts = append(counts, times[k])
			}
		}
		ends = append(ends, int32(len(first)))
	}
	switch {
	case len(first) == keys.Len():
		return offsets, keys, values
	case counted:
		return ends, keys.Take(first), vector.NewColumn(counts, nil)
	}
	return ends, keys.Take(first), values.Take(last)
}
