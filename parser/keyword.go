package parser

import (
	"sort"
	"strings"

	"weir/parser/ast"
)

// contextWords are words the grammar knows without reserving them.
const contextWords = `
ANALYZE ASC CATALOG CHANGELOG_MODE CLEAR COLUMNS CUMULATE DATABASE DATABASES DATA DESC DESCRIPTOR DRAIN ENFORCED
EPOCH ESTIMATED_COST EXIT FIRST GAP HELP HOP IF JOB JOBS JSON_EXECUTION_PLAN KEY LAST MAP MAX_PARALLELISM MILLISECOND NULLS
OPTIONS ORDINALITY OVERWRITE PARALLELISM PLACING PLAN PLAN_ADVICE QUARTER QUIT SESSION SIZE SLIDE STEP STOP TEMPORARY
TIMECOL TIMESTAMPADD TIMESTAMPDIFF TRY_CAST TUMBLE VIEW WEEK ZONE`

// functionWords are the reserved words that name functions called with ordinary arguments.
const functionWords = `
ABS AVG CARDINALITY CEIL CEILING CHAR CHAR_LENGTH CHARACTER_LENGTH CLASSIFIER COALESCE COLLECT CONVERT CORR COUNT COVAR_POP COVAR_SAMP
CUME_DIST DENSE_RANK ELEMENT EVERY EXP FIRST_VALUE FLOOR FUSION GROUPING HOUR INTERSECTION JSON_ARRAY JSON_ARRAYAGG
JSON_EXISTS JSON_OBJECT JSON_OBJECTAGG JSON_QUERY JSON_VALUE LAG LAST_VALUE LEAD LEFT LN LOWER MATCH_NUMBER MAX MIN
MINUTE MOD MONTH NEXT NTH_VALUE NTILE NULLIF OCTET_LENGTH PERCENT_RANK PERCENTILE_CONT PERCENTILE_DISC POWER PREV RANK REGR_COUNT REGR_SXX
REGR_SYY RIGHT ROW_NUMBER SECOND SOME SQRT STDDEV_POP STDDEV_SAMP SUM TRANSLATE TRUNCATE UPPER VAR_POP VAR_SAMP YEAR`

// bareFunctionWords are the functions that are called without parentheses.
const bareFunctionWords = `
CURRENT_CATALOG CURRENT_DATE CURRENT_PATH CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER
LOCALTIME LOCALTIMESTAMP SESSION_USER SYSTEM_USER USER`

// functions and bareFunctions hold the words above.
var functions, bareFunctions = wordSet(functionWords), wordSet(bareFunctionWords)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// IsReserved reports whether word, in any case, must be put in backticks to be an identifier.
func IsReserved(word string) bool {
	_, ok := ast.Reserved(word)
	return ok
}

// Keywords returns all words of the grammar in upper case, sorted: the reserved ones and those that are only special
// in their place. The caller owns the slice.
func Keywords() []string {
	set := wordSet(contextWords)
	for _, w := range ast.ReservedWords() {
		set[w] = true
	}
	words := make([]string, 0, len(set))
	for w := range set {
		words = append(words, w)
	}
	sort.Strings(words)
	return words
}
