package parser

import (
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// The kinds of tokens. The Value of a token is its text in the source, quotes included, so that Offset + len(Value) is
// its end; only reserved words are put into upper case. In hints no word is reserved.
const (
	kindIdent     lexer.TokenType = -(iota + 2) // a word that is not reserved
	kindQuoted                                  // `name`
	kindKeyword                                 // a reserved word
	kindNumber                                  // 1, 1., .5, 1e3
	kindString                                  // 'text', also N'…', E'…', U&'…', _UTF8'…'
	kindBinary                                  // x'41'
	kindOp                                      // operators and punctuation
	kindHintOpen                                // /*+
	kindHintClose                               // */ of a hint
	kindSetting                                 // an unquoted key or value of SET and RESET, or path of SOURCE
)

// symbols names the kinds for the struct tags of the statement grammars.
var symbols = map[string]lexer.TokenType{
	"EOF": lexer.EOF, "Ident": kindIdent, "Quoted": kindQuoted, "Keyword": kindKeyword, "Number": kindNumber,
	"String": kindString, "Binary": kindBinary, "Op": kindOp, "HintOpen": kindHintOpen, "HintClose": kindHintClose,
	"Setting": kindSetting,
}

// definition is the lexer as participle wants it.
type definition struct{}

// Symbols returns the kinds of tokens by name.
func (definition) Symbols() map[string]lexer.TokenType { return symbols }

// Lex lexes all that r holds.
func (definition) Lex(_ string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return &scanner{text: string(text)}, nil
}

// LexString lexes a text.
func (definition) LexString(_ string, text string) (lexer.Lexer, error) {
	return &scanner{text: text}, nil
}

// scanner cuts a source into tokens, statement by statement: a semicolon outside of everything ends the tokens of a
// statement, and Next returns EOF until nextStatement is called. Between BEGIN and END of a statement set semicolons
// are tokens.
type scanner struct {
	text string
	pos  int
	line int // of pos, counted from 0

	start   bool // no token of the statement has been read yet: set by nextStatement
	inHint  bool
	hint    int // where the last hint began
	setting settingMode
	set     setProgress
	ended   bool // a semicolon has been read
	open    bool // the text ended inside of a string, a name, a comment or a hint

	bad *diag.Diagnostic // the first lexical error of the statement
}

// settingMode says which part of SET or RESET is being read: their keys and values are not SQL, and neither is the path
// of SOURCE.
type settingMode int

const (
	notSetting settingMode = iota
	settingKey
	settingValue
)

// setProgress says how much of STATEMENT SET BEGIN has been read.
type setProgress int

const (
	outsideSet setProgress = iota
	afterStatement
	afterSet
	insideSet
)

// follow notes a token of STATEMENT SET BEGIN.
func (s *scanner) follow(t *lexer.Token) {
	switch {
	case s.set == insideSet:
	case isWord(t, "STATEMENT"):
		s.set = afterStatement
	case s.set == afterStatement && isKeyword(t, "SET"):
		s.set = afterSet
	case s.set == afterSet && isKeyword(t, "BEGIN"):
		s.set = insideSet
	default:
		s.set = outsideSet
	}
}

// inSet reports whether the semicolon at the scanner's position is one between the statements of a set: only END or
// another INSERT can follow it, so that a set whose END was forgotten does not swallow the rest of the script. At the
// end of the text the set is open.
func (s *scanner) inSet() bool {
	if s.set != insideSet {
		return false
	}
	rest := scanner{text: s.text, pos: s.pos + 1}
	t, err := rest.Next()
	switch {
	case err != nil:
		return rest.open // a comment that does not end
	case t.EOF():
		s.open = s.open || !rest.ended
		return false
	case isKeyword(&t, "END"):
		s.set = outsideSet
		return true
	}
	return isKeyword(&t, "INSERT")
}

// nextStatement makes the scanner go on behind the last semicolon.
func (s *scanner) nextStatement() {
	*s = scanner{text: s.text, pos: s.pos, line: s.line, start: true}
}

// skipEmpty passes over white space and semicolons.
func (s *scanner) skipEmpty() {
	for ; s.pos < len(s.text) && (s.text[s.pos] == ';' || isSpace(s.text[s.pos])); s.pos++ {
		if s.text[s.pos] == '\n' {
			s.line++
		}
	}
}

var errLexical = errors.New("lexical error")

// Next returns the next token; EOF at a semicolon and at the end of the text. A lexical error is kept in bad and
// returned as errLexical; the text that could not be read is passed over, so that calling Next again goes on.
func (s *scanner) Next() (lexer.Token, error) {
	if s.ended {
		return lexer.EOFToken(lexer.Position{Offset: s.pos}), nil
	}
	if !s.blank() {
		return lexer.Token{}, errLexical
	}
	if s.pos >= len(s.text) {
		if s.inHint {
			s.open = true
		}
		return lexer.EOFToken(lexer.Position{Offset: s.pos}), nil
	}
	start := s.pos
	if s.text[start] == ';' && !s.inHint && !s.inSet() {
		s.ended = true
		s.pos++
		return lexer.EOFToken(lexer.Position{Offset: start}), nil
	}
	first := s.start
	s.start = false
	if s.setting != notSetting {
		return s.settingToken()
	}
	kind, ok := s.scan()
	if !ok {
		return lexer.Token{}, errLexical
	}
	t := lexer.Token{Type: kind, Value: s.text[start:s.pos], Pos: lexer.Position{Offset: start, Line: s.line}}
	switch kind {
	case kindString, kindQuoted:
		s.line += strings.Count(t.Value, "\n")
		if !utf8.ValidString(t.Value) {
			s.fail(start, "the text in quotes is not valid UTF-8")
			return lexer.Token{}, errLexical
		}
	case kindIdent:
		if k, ok := ast.Reserved(t.Value); ok && !s.inHint {
			t.Type, t.Value = kindKeyword, k
			if first && (k == "SET" || k == "RESET") {
				s.setting = settingKey
			}
		}
		if first && isWord(&t, "SOURCE") {
			s.setting = settingValue // a path need not be in quotes either
		}
	case kindHintOpen:
		s.inHint, s.hint = true, start
	case kindHintClose:
		s.inHint = false
	}
	s.follow(&t)
	return t, nil
}

// fail records a lexical error from start to the scanner's position.
func (s *scanner) fail(start int, format string, args ...any) *diag.Diagnostic {
	d := diag.New(codeLexical, diag.Span{Start: start, End: s.pos}, format, args...)
	if s.bad == nil {
		s.bad = d
	}
	return d
}

// blank passes over white space and comments; false if a comment does not end.
func (s *scanner) blank() bool {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case isSpace(c):
			if c == '\n' {
				s.line++
			}
			s.pos++
		case c == '-' && s.at("--"), c == '/' && s.at("//"):
			if i := strings.IndexByte(s.text[s.pos:], '\n'); i >= 0 {
				s.pos += i + 1
				s.line++
			} else {
				s.pos = len(s.text)
			}
		case c == '/' && s.at("/*") && (!s.at("/*+") || s.setting != notSetting):
			start := s.pos
			i := strings.Index(s.text[s.pos+2:], "*/")
			if i < 0 {
				s.pos = len(s.text)
				s.open = true
				s.fail(start, "the comment that begins here does not end").Span.End = start + 2
				return false
			}
			s.pos += 2 + i + 2
			s.line += strings.Count(s.text[start:s.pos], "\n")
		case c == 0xEF && s.at("\uFEFF"): // a byte order mark
			s.pos += len("\uFEFF")
		case c == 0xC2 && s.at("\u00A0"): // a no-break space, as pasted from a page
			s.pos += len("\u00A0")
		default:
			return true
		}
	}
	return true
}

func (s *scanner) at(prefix string) bool { return strings.HasPrefix(s.text[s.pos:], prefix) }

// scan passes over one token and returns its kind.
func (s *scanner) scan() (lexer.TokenType, bool) {
	start := s.pos
	c := s.text[s.pos]
	switch {
	case isLetter(c):
		s.word()
		return s.prefixed(start)
	case isDigit(c), c == '.' && s.pos+1 < len(s.text) && isDigit(s.text[s.pos+1]):
		s.number()
		return kindNumber, true
	case c == '\'':
		return kindString, s.quoted('\'', "string")
	case c == '`':
		return kindQuoted, s.name()
	case c == '"':
		if s.quoted('"', "text in double quotes") {
			text := s.text[start+1 : s.pos-1]
			s.fail(start, "double quotes are not part of the language").
				WithHint("write '%s' for a string or `%s` for a name", text, text)
		}
		return 0, false
	}
	if s.inHint && s.at("*/") {
		s.pos += 2
		return kindHintClose, true
	}
	if s.at("/*+") {
		s.pos += 3
		return kindHintOpen, true
	}
	if s.pos+1 < len(s.text) {
		switch s.text[s.pos : s.pos+2] {
		case "<>", "<=", ">=", "||", "=>", "!=", "==":
			s.pos += 2
			return kindOp, true
		}
	}
	switch c {
	case '(', ')', '[', ']', ',', '.', '=', '<', '>', '+', '-', '*', '/', '%', '?', '{', '}', ';', ':', '|', '^', '$':
		s.pos++
		return kindOp, true
	}
	s.stray(start)
	return 0, false
}

// stray fails at a character that begins no token.
func (s *scanner) stray(start int) {
	r, size := utf8.DecodeRuneInString(s.text[start:])
	s.pos = start + size
	switch {
	case r == utf8.RuneError && size == 1:
		d := s.fail(start, "the text is not valid UTF-8 here: byte 0x%02X", s.text[start])
		if strings.HasPrefix(s.text, "\xFF\xFE") || strings.HasPrefix(s.text, "\xFE\xFF") {
			d.WithHint("the text is UTF-16: save it as UTF-8")
		}
	case r == '#':
		s.fail(start, "the character # is not part of the language").WithHint("a comment begins with --")
	case r == '@':
		s.fail(start, "the character @ is not part of the language").WithHint("there are no variables; a name with special characters stands in backticks")
	case r == '\\':
		s.fail(start, "the character \\ is not part of the language").WithHint("a command of the prompt stands in a line of its own")
	case r == '!', r == '&', r == '~':
		s.fail(start, "the operator %c is not part of the language", r).WithHint("conditions are joined with AND, OR and NOT")
	case strings.ContainsRune("‘’“”„«»", r):
		s.fail(start, "the quotation mark %c is not part of the language", r).
			WithHint("strings are written in straight single quotes: 'text'")
	case unicode.IsPrint(r):
		d := s.fail(start, "the character %c is not part of the language", r)
		switch {
		case r > 0xFF00 && r < 0xFF5F: // ASCII as wide as the characters of East Asia
			d.WithHint("write %c", r-0xFF00+' ')
		case unicode.Is(unicode.Pd, r) || r == '−':
			d.WithHint("write -")
		}
	default:
		d := s.fail(start, "the character U+%04X is not part of the language", r)
		if unicode.Is(unicode.Cf, r) {
			d.WithHint("it can't be seen: delete what stands between its neighbours, and write them anew")
		}
	}
}

// isLetter reports whether c begins a word; the bytes of letters beyond ASCII are sorted out by word.
func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// word passes over letters and digits. It may pass over nothing.
func (s *scanner) word() {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if c < utf8.RuneSelf {
			if !isLetter(c) && !isDigit(c) && c != '$' {
				return
			}
			s.pos++
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[s.pos:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) {
			return
		}
		s.pos += size
	}
}

// prefixed sees whether the word from start is the prefix of a literal: x'41', N'…', E'…', U&'…', _UTF8'…'.
func (s *scanner) prefixed(start int) (lexer.TokenType, bool) {
	word := s.text[start:s.pos]
	switch {
	case word == "":
		s.stray(start) // a character beyond ASCII that is no letter
		return 0, false
	case (word == "U" || word == "u") && s.at("&'"):
		s.pos++
		return kindString, s.quoted('\'', "string")
	case !s.at("'"):
		return kindIdent, true
	}
	switch word {
	case "x", "X":
		return kindBinary, s.quoted('\'', "binary string")
	case "N", "n":
		return kindString, s.quoted('\'', "string")
	case "E", "e":
		return kindString, s.escaped()
	}
	if word[0] == '_' && len(word) > 1 {
		return kindString, s.quoted('\'', "string")
	}
	return kindIdent, true
}

func (s *scanner) digits() {
	for s.pos < len(s.text) && isDigit(s.text[s.pos]) {
		s.pos++
	}
}

// number passes over 1, 1., 1.5, .5 and 1e3; an e that no digit follows belongs to the next word.
func (s *scanner) number() {
	s.digits()
	if s.pos < len(s.text) && s.text[s.pos] == '.' {
		s.pos++
		s.digits()
	}
	if s.pos < len(s.text) && (s.text[s.pos] == 'e' || s.text[s.pos] == 'E') {
		i := s.pos + 1
		if i < len(s.text) && (s.text[i] == '+' || s.text[i] == '-') {
			i++
		}
		if i < len(s.text) && isDigit(s.text[i]) {
			s.pos = i
			s.digits()
		}
	}
}

// quoted passes over a text in quotes; a doubled quote stands for one. False if it does not end.
func (s *scanner) quoted(quote byte, what string) bool {
	start := s.pos
	s.pos++
	for {
		i := strings.IndexByte(s.text[s.pos:], quote)
		if i < 0 {
			s.pos = len(s.text)
			s.open = true
			d := s.fail(start, "the %s that begins here does not end", what)
			d.Span.End = start + 1
			if quote == '\'' {
				d.Hint = "a quote within a string is written twice: 'it''s'"
			}
			return false
		}
		s.pos += i + 1
		if s.pos >= len(s.text) || s.text[s.pos] != quote {
			return true
		}
		s.pos++
	}
}

// escaped passes over E'…', in which a backslash takes away the meaning of a quote.
func (s *scanner) escaped() bool {
	start := s.pos
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch {
		case s.text[s.pos] == '\\':
			s.pos++
		case s.text[s.pos] == '\'' && s.at("''"):
			s.pos++
		case s.text[s.pos] == '\'':
			s.pos++
			return true
		}
	}
	s.pos = len(s.text)
	s.open = true
	s.fail(start, "the string that begins here does not end").Span.End = start + 1
	return false
}

// name passes over a name in backticks.
func (s *scanner) name() bool {
	start := s.pos
	if !s.quoted('`', "name in backticks") {
		return false
	}
	if s.pos-start == 2 {
		s.fail(start, "a name in backticks must not be empty")
		return false
	}
	return true
}

// settingToken reads the next token of SET or RESET: texts in any quotes, the equals sign, and bare words, which
// may hold dots, dashes and colons.
func (s *scanner) settingToken() (lexer.Token, error) {
	start := s.pos
	kind := kindSetting
	switch c := s.text[s.pos]; {
	case c == '\'':
		kind = kindString
		if !s.quoted(c, "string") {
			return lexer.Token{}, errLexical
		}
	case c == '"' || c == '`':
		kind = kindQuoted
		if !s.quoted(c, "text in quotes") {
			return lexer.Token{}, errLexical
		}
	case c == '=' && s.setting == settingKey:
		kind = kindOp
		s.pos++
		s.setting = settingValue
	default:
		for s.pos < len(s.text) {
			c := s.text[s.pos]
			if isSpace(c) || c == ';' || c == '\'' || c == '"' || c == '`' ||
				c == '=' && s.setting == settingKey {
				break
			}
			s.pos++
		}
	}
	return lexer.Token{Type: kind, Value: s.text[start:s.pos], Pos: lexer.Position{Offset: start}}, nil
}

// trimmed is the span from start to the end of the statement just read, without its semicolon and without the white
// space and comments around it as far as they are known.
func (s *scanner) trimmed(start int) diag.Span {
	end := s.pos
	if s.ended {
		end--
	}
	for start < end && isSpace(s.text[start]) {
		start++
	}
	for end > start && isSpace(s.text[end-1]) {
		end--
	}
	return diag.Span{Start: start, End: end}
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
