package state

import (
	"cmp"
	"slices"

	"weir/keygroup"
)

// Rehash returns the same content for another number of key groups, 1..keygroup.UpperBound. It shares with s what
// stays in order. s has passed Check if it comes from outside the process.
func (s *Snapshot) Rehash(max int) *Snapshot {
	out := &Snapshot{Max: max, Tables: slices.Clone(s.Tables)}
	if max == s.Max {
		return out
	}
	counts := make([]int, max+1)
	for i := range out.Tables {
		out.Tables[i] = out.Tables[i].rehash(keygroup.Space{Max: max}, counts)
	}
	return out
}

func (x TableSnapshot) rehash(space keygroup.Space, counts []int) TableSnapshot {
	bySlot := make([]int32, len(x.Slots))
	for i := range bySlot {
		bySlot[i] = int32(i)
	}
	slices.SortFunc(bySlot, func(a, b int32) int { return cmp.Compare(x.Slots[a], x.Slots[b]) })
	order := make([]int32, len(bySlot))
	moved := false
	x.Groups = countGroups(counts, len(bySlot), func(i int) keygroup.Group { return space.Of(x.Home[bySlot[i]]) },
		func(i, to int) {
			order[to] = bySlot[i]
			moved = moved || int(bySlot[i]) != to
		})
	if moved {
		x.Slots, x.Hash, x.Home = pick(x.Slots, order), pick(x.Hash, order), pick(x.Home, order)
		if x.Owners != nil {
			x.Owners = pick(x.Owners, order)
		}
		x.Keys, x.Values = slices.Clone(x.Keys), slices.Clone(x.Values)
		for i, c := range x.Keys {
			x.Keys[i] = c.Take(order)
		}
		for i, d := range x.Values {
			x.Values[i] = d.take(order)
		}
	}
	x.Subs = slices.Clone(x.Subs)
	for i, y := range x.Subs {
		x.Subs[i] = y.rehash(space, counts)
	}
	return x
}

// take returns the values of rows, in that order.
func (d Data) take(rows []int32) Data {
	out := Data{Kind: d.Kind, Width: d.Width}
	if d.Kind == FixedData {
		out.Fixed = make([]byte, 0, len(d.Fixed))
		for _, r := range rows {
			at := int(r) * d.Width
			out.Fixed = append(out.Fixed, d.Fixed[at:at+d.Width]...)
		}
		return out
	}
	out.Offsets = make([]int64, 1, len(rows)+1)
	at := int64(0)
	for _, r := range rows {
		at += d.Offsets[r+1] - d.Offsets[r]
		out.Offsets = append(out.Offsets, at)
	}
	if d.Kind == BytesData {
		out.Bytes = make([]byte, 0, len(d.Bytes))
		for _, r := range rows {
			out.Bytes = append(out.Bytes, d.Bytes[d.Offsets[r]:d.Offsets[r+1]]...)
		}
		return out
	}
	take := make([]int32, 0, at)
	for _, r := range rows {
		for i := d.Offsets[r]; i < d.Offsets[r+1]; i++ {
			take = append(take, int32(i))
		}
	}
	if len(take) > 0 {
		out.Rows = d.Rows.Take(take)
	}
	return out
}

func pick[T any](from []T, rows []int32) []T {
	to := make([]T, len(rows))
	for i, r := range rows {
		to[i] = from[r]
	}
	return to
}
