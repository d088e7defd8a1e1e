package state

import "weir/keygroup"

// Store is the keyed state of one operator in one subtask.
type Store struct{}

// NewStore makes an empty store.
func NewStore(keygroup.Space, keygroup.Range) *Store { return &Store{} }

// Bytes is how much the store holds.
func (*Store) Bytes() int64 { return 0 }
