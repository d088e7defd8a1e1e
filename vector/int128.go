package vector

import "github.com/apache/arrow/go/v17/arrow/decimal128"

// NewInt128 makes the value of an I128 column from its high and low half.
func NewInt128(high int64, low uint64) Num128 { return decimal128.New(high, low) }

// Int128 makes the value of an I128 column from a small number.
func Int128(v int64) Num128 { return decimal128.FromI64(v) }
