package main

import (
	"weir/exec/connector"
	"weir/exec/connector/blackhole"
	"weir/exec/connector/datagen"
	"weir/exec/connector/filesystem"
	"weir/exec/connector/print"
	"weir/exec/connector/stdin"
)

// connectors are all that this binary has.
func connectors() connector.Registry {
	return connector.Registry{
		"blackhole":  {Sink: blackhole.NewSink},
		"datagen":    {Source: datagen.NewSource},
		"filesystem": {Source: filesystem.NewSource, Sink: filesystem.NewSink},
		"print":      {Sink: print.NewSink},
		"stdin":      {Source: stdin.NewSource},
	}
}
