package state

// Store is the keyed state of one operator in one subtask.
type Store struct{}
