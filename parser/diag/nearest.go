package diag

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the candidate that word was probably meant to be: the first with the fewest edits (insertion,
// deletion, substitution, transposition of neighbours; case does not count), if those are at most two, and one in a word
// of less than five letters, which may be like another by chance.
func Nearest(word string, candidates []string) (string, bool) {
	limit := 2
	if utf8.RuneCountInString(word) < 5 {
		limit = 1
	}
	return Within(limit, word, candidates)
}

// Within is Nearest with another limit of edits.
func Within(limit int, word string, candidates []string) (string, bool) {
	w := []rune(strings.ToLower(word))
	best, found := "", false
	for _, c := range candidates {
		if d := distance(w, []rune(strings.ToLower(c)), limit); d <= limit {
			best, found, limit = c, true, d-1
		}
		if limit < 0 {
			break
		}
	}
	return best, found
}

// distance counts the edits between a and b, in which no part is edited twice; above limit it returns limit + 1.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			d := last[j-1]
			if a[i-1] != b[j-1] {
				d++
			}
			d = min(d, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
