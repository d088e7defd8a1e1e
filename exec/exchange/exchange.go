// Package exchange moves batches between the subtasks of two operators: it hashes rows to the owners of their key
// groups, deals batches out, or sends them to one or all, and carries watermarks behind them.
package exchange

import (
	"context"
	"sync/atomic"

	"weir/vector"
)

// Kind says what a Message is.
type Kind uint8

// Rows carries a batch; Watermark and Idle tell of the channel's time; End is its last message.
const (
	Rows Kind = iota
	Watermark
	Idle
	End
)

// Message is what goes through a channel.
type Message struct {
	Channel   int // of the inbox
	Kind      Kind
	Batch     vector.Batch
	Watermark vector.Time
}

// Inbox is where a subtask receives: the messages of all its channels, each channel's in order. Its room is bounded in
// messages by its buffer and in bytes by budget.
type Inbox struct {
	messages chan Message
	done     chan struct{} // closed when the subtask wants no more
	finished atomic.Bool
	bytes    atomic.Int64
}

// slack is how many messages an inbox holds beyond one for each of its channels.
const slack = 8

// NewInbox makes the inbox of a subtask with so many channels.
func NewInbox(channels int) *Inbox {
	return &Inbox{messages: make(chan Message, channels+slack), done: make(chan struct{})}
}

// Messages is the stream of messages; the subtask that owns the inbox reads it and calls Took for each.
func (i *Inbox) Messages() <-chan Message { return i.messages }

// Took tells the inbox that a message was taken out of it.
func (i *Inbox) Took(m Message) { i.bytes.Add(-m.Batch.Size()) }

// Finish says that the subtask wants no more: producers see ErrEnough.
func (i *Inbox) Finish() {
	if i.finished.CompareAndSwap(false, true) {
		close(i.done)
	}
}

// Bytes is how much the messages in the inbox hold.
func (i *Inbox) Bytes() int64 { return i.bytes.Load() }

// send blocks until there is room. open is false when the receiver wants no more.
func (i *Inbox) send(ctx context.Context, m Message) (open bool, err error) {
	if i.finished.Load() {
		return false, nil
	}
	size := m.Batch.Size()
	i.bytes.Add(size)
	select {
	case i.messages <- m:
		return true, nil
	case <-i.done:
		i.bytes.Add(-size)
		return false, nil
	case <-ctx.Done():
		i.bytes.Add(-size)
		return false, ctx.Err()
	}
}
