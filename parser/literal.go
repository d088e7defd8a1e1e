package parser

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/diag"
)

// unquote returns the value of a string literal.
func unquote(t *lexer.Token) (string, *diag.Diagnostic) {
	v := t.Value
	if v[0] == '\'' {
		v = v[1 : len(v)-1]
		if strings.Contains(v, "''") {
			v = strings.ReplaceAll(v, "''", "'")
		}
		return v, nil
	}
	i := strings.IndexByte(v, '\'')
	prefix, body := v[:i], v[i+1:len(v)-1]
	switch prefix {
	case "E", "e":
		return unescape(t, body, '\\', escape)
	case "U&", "u&":
		return unescapeUnicode(t, '\\')
	}
	return strings.ReplaceAll(body, "''", "'"), nil
}

// unescapeUnicode resolves the escapes of U&'…', which are \XXXX and \+XXXXXX; sign is written for the backslash.
func unescapeUnicode(t *lexer.Token, sign byte) (string, *diag.Diagnostic) {
	return unescape(t, t.Value[len("U&'"):len(t.Value)-1], sign, func(b *strings.Builder, s string) (int, bool) {
		switch {
		case s != "" && s[0] == sign:
			b.WriteByte(sign)
			return 1, true
		case strings.HasPrefix(s, "+"):
			return rune16(b, s, 1, 6)
		}
		return rune16(b, s, 0, 4)
	})
}

// unescape resolves the escapes of a literal's text, each of which begins with sign; resolve writes what stands for the
// beginning of the text behind it.
func unescape(t *lexer.Token, s string, sign byte, resolve func(*strings.Builder, string) (int, bool)) (string, *diag.Diagnostic) {
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		if c == '\'' && strings.HasPrefix(s[i:], "''") {
			b.WriteByte('\'')
			i += 2
			continue
		}
		if c != sign {
			b.WriteByte(c)
			i++
			continue
		}
		size, ok := resolve(&b, s[i+1:])
		if !ok {
			return "", diag.New(codeLexical, span(t), "the string has an invalid escape at %s", shorten(s[i:]))
		}
		i += 1 + size
	}
	return b.String(), nil
}

// escape writes what a backslash and the beginning of s stand for, and returns how much of s that is.
func escape(b *strings.Builder, s string) (int, bool) {
	if s == "" {
		return 0, false
	}
	switch s[0] {
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		return rune16(b, s, 1, 4)
	case 'U':
		return rune16(b, s, 1, 8)
	default:
		_, size := utf8.DecodeRuneInString(s)
		b.WriteString(s[:size])
		return size, true
	}
	return 1, true
}

// rune16 writes the character with the hexadecimal digits s[from:from+digits].
func rune16(b *strings.Builder, s string, from, digits int) (int, bool) {
	if len(s) < from+digits {
		return 0, false
	}
	n, err := strconv.ParseUint(s[from:from+digits], 16, 32)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	b.WriteRune(rune(n))
	return from + digits, true
}
