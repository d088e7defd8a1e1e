package parser

import (
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/diag"
)

// unsupported is the error for what Flink has and weir has not.
func unsupported(at diag.Span, what string) *diag.Diagnostic {
	return diag.New(codeUnsupported, at, "%s not supported by weir", what)
}

// describe names a token in a sentence.
func describe(t *lexer.Token) string {
	switch t.Type {
	case lexer.EOF:
		return "the end of the statement"
	case kindKeyword:
		return "the keyword " + t.Value
	case kindString:
		return "the string " + shorten(t.Value)
	case kindNumber:
		return "the number " + shorten(t.Value)
	case kindIdent, kindQuoted:
		return "the name " + shorten(t.Value)
	}
	return "'" + shorten(t.Value) + "'"
}

// shorten cuts a long text, so that an error stays a sentence.
func shorten(s string) string {
	const most = 40
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i] + "…"
	}
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// unexpected is the syntax error at the next token of lex: expected says in words what could stand there.
func unexpected(lex *lexer.PeekingLexer, expected string) *diag.Diagnostic {
	t := lex.Peek()
	var before *lexer.Token
	if c := lex.RawCursor(); c > 0 {
		before = &lex.Range(c-1, c)[0]
	}
	d := diag.New(codeSyntax, span(t), "%s was expected here, but there is %s", expected, describe(t))
	if t.EOF() {
		d.Message = fmt.Sprintf("the statement ends where %s was expected", expected)
		if before != nil {
			end := span(before).End
			d.Span = diag.Span{Start: end, End: end}
		}
	}
	suggest(d, lex, expected)
	return d
}

// alternatives joins words with commas and or.
func alternatives(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// NoType is the error for a word that is no type: none of the language's, and there is none of the user's of that name.
func NoType(at diag.Span, word string) *diag.Diagnostic {
	d := diag.New(codeSyntax, at, "%s is not a type", shorten(word))
	switch strings.ToUpper(word) {
	case "TEXT":
		return d.WithHint("did you mean STRING?")
	case "LONG", "INT8":
		return d.WithHint("did you mean BIGINT?")
	case "BOOL":
		return d.WithHint("did you mean BOOLEAN?")
	case "DATETIME", "TIMESTAMPTZ":
		return d.WithHint("did you mean TIMESTAMP(3) or TIMESTAMP_LTZ(3)?")
	}
	if t, ok := diag.Nearest(word, typeWords); ok {
		return d.WithHint("did you mean %s?", t)
	}
	return d
}

var typeWords = []string{
	"BOOLEAN", "TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "NUMERIC", "CHAR",
	"VARCHAR", "STRING", "BINARY", "VARBINARY", "BYTES", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ", "INTERVAL",
	"ARRAY", "MAP", "MULTISET", "ROW",
}
