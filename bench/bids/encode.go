package bids

import (
	"bytes"
	"strconv"
	"time"
)

const timeLayout = "2006-01-02 15:04:05.000"

// AppendCSV appends b as a line of RFC 4180: quotes only where they are needed.
func AppendCSV(dst []byte, b *Bid) []byte {
	dst = appendInt(dst, b.Auction)
	dst = append(dst, ',')
	dst = appendInt(dst, b.Bidder)
	dst = append(dst, ',')
	dst = appendInt(dst, b.Price)
	dst = append(dst, ',')
	dst = appendCSVText(dst, b.Channel)
	dst = append(dst, ',')
	dst = appendCSVText(dst, b.URL)
	dst = append(dst, ',')
	dst = appendTime(dst, b.Time)
	dst = append(dst, ',')
	dst = appendCSVText(dst, b.Extra)
	return append(dst, '\n')
}

// AppendJSON appends b as one JSON object and a line feed.
func AppendJSON(dst []byte, b *Bid) []byte {
	dst = append(dst, `{"auction":`...)
	dst = appendInt(dst, b.Auction)
	dst = append(dst, `,"bidder":`...)
	dst = appendInt(dst, b.Bidder)
	dst = append(dst, `,"price":`...)
	dst = appendInt(dst, b.Price)
	dst = append(dst, `,"channel":"`...)
	dst = appendJSONText(dst, b.Channel)
	dst = append(dst, `","url":"`...)
	dst = appendJSONText(dst, b.URL)
	dst = append(dst, `","dateTime":"`...)
	dst = appendTime(dst, b.Time)
	dst = append(dst, `","extra":"`...)
	dst = appendJSONText(dst, b.Extra)
	return append(dst, "\"}\n"...)
}

func appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

func appendTime(dst []byte, ms int64) []byte {
	return time.UnixMilli(ms).UTC().AppendFormat(dst, timeLayout)
}

func appendCSVText(dst, text []byte) []byte {
	if bytes.IndexByte(text, ',') < 0 && bytes.IndexByte(text, '"') < 0 &&
		bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// appendJSONText escapes what a generator can make: quotes and backslashes. Its
// text holds no control characters.
func appendJSONText(dst, text []byte) []byte {
	if bytes.IndexByte(text, '"') < 0 && bytes.IndexByte(text, '\\') < 0 {
		return append(dst, text...)
	}
	for _, c := range text {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}
