// Package state is the keyed state of operators: tables from key to dense slot, typed columns by slot, rows by slot.
// State belongs to key groups, so that it can be snapshotted and handed to other subtasks without the operator's help.
//
// One goroutine, the operator's, uses a Store and everything in it. A Frozen is what may go to another goroutine: it is
// made in no time, because the store copies only what it is about to overwrite, and only until the snapshot is made.
package state
