// Package format holds what the text formats share: the reader of a range of bytes, the table of spans that a format's
// tokenizer fills, and the builders that turn spans into columns.
package format

// Span is a piece of the text: bytes From..To-1 of the data it was found in.
type Span struct{ From, To int32 }

// Null is the span of a NULL.
var Null = Span{From: -1, To: -1}

// trim cuts spaces and control characters off both ends, as Java's String.trim does.
func trim(t []byte) []byte {
	for len(t) > 0 && t[0] <= ' ' {
		t = t[1:]
	}
	for len(t) > 0 && t[len(t)-1] <= ' ' {
		t = t[:len(t)-1]
	}
	return t
}
