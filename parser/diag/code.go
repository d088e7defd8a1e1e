package diag

import (
	"slices"
	"strings"
)

// Codes that several packages report. A code of one package is a constant there; each is written down once, beside
// its row below.
const (
	BadParallelism = "W3001"
	OneGlobalGroup = "W3004"
	Unwritable     = "W4005"
	OptionValue    = "W5003"
	OptionMissing  = "W5004"
	NoFormat       = "W5005"
	NoFile         = "W5007"
	Unreadable     = "W5008"
	FormatType     = "W5017"
	Storage        = "W6107"
	StoredPosition = "W6108"
	Interrupted    = "W6901"
	SettingValue   = "W7002"
)

// Code describes what all Diagnostics of one code have in common.
type Code struct {
	Code    string
	Title   string // a phrase
	Meaning string // sentences: what is wrong, and how it comes to that
	Remedy  string // sentences: what to do
}

// Codes returns all codes in order. docs/errors.md is made of them.
func Codes() []Code { return slices.Clone(codes) }

// LookupCode finds the description of a code.
func LookupCode(code string) (Code, bool) {
	i := slices.IndexFunc(codes, func(c Code) bool { return c.Code == code })
	if i < 0 {
		return Code{}, false
	}
	return codes[i], true
}

// Group is the codes that begin with a prefix.
type Group struct{ Prefix, Title string }

// Groups returns the groups in the order of their codes; each code is in one.
func Groups() []Group { return slices.Clone(groups) }

var groups = []Group{
	{"W1", "Syntax"},
	{"W2", "Names, types and queries"},
	{"W3", "Plans and parallelism"},
	{"W4", "Data at run time"},
	{"W5", "Connectors, formats and files"},
	{"W6", "Jobs, state and resources"},
	{"W7", "Settings"},
	{"W9", "Faults of weir"},
}

// codes is the register: a new code is a row here. A test in cmd/weir compares it with the source.
var codes = []Code{
	{"W1001", "syntax error", "The text is no statement: a word or sign stands where another one has to. The marked place is where reading stopped; the mistake may lie just before it.", "Look at the hint, and for a missing comma, parenthesis or keyword before the mark."},
	{"W1002", "what is no word of the language", "A character or a quote that SQL does not have, a string, name or comment that does not end, or text that is not UTF-8.", "Strings are written in single quotes, names with special characters in backticks. Save the file as UTF-8."},
	{"W1003", "nested too deeply", "A statement nests more than 500 levels, or chains more than 10,000 operators. The limit keeps a generated statement from exhausting the stack.", "Write a long chain of OR as IN (…), a long UNION ALL of constants as VALUES, and nested queries as views."},
	{"W1004", "reserved word as a name", "A reserved word stands where a name is expected.", "Put it in backticks: `order`."},
	{"W1900", "syntax that weir does not have", "Flink's SQL has this construct, weir doesn't.", "docs/flink.md says what weir has; another way to say the same may work."},

	{"W2001", "no such table", "No table, view or name of a FROM clause is called so. Names are case-sensitive; in a query an alias hides the name of its table.", "SHOW TABLES lists what there is."},
	{"W2002", "no such column", "No table of the FROM clause has a column of that name. Names are case-sensitive, and an alias of SELECT can't be used in WHERE, GROUP BY or HAVING. A text in double quotes or without quotes is not a string.", "DESCRIBE lists a table's columns. Repeat the expression in place of the alias, or define it in a subquery."},
	{"W2003", "ambiguous column", "Several tables of the FROM clause have a column of that name.", "Write the table's name or alias in front of it: a.id."},
	{"W2004", "a name given twice", "Two columns, two tables of FROM or two WITH queries have one name.", "Give one of them another name with AS."},
	{"W2005", "no such function", "No function is called so.", "SHOW FUNCTIONS lists them."},
	{"W2006", "wrong arguments", "A function or an operator doesn't take this number of arguments, or not these types. Strings and numbers aren't compared or computed with each other silently.", "The hint has the forms that there are. CAST(x AS type) converts."},
	{"W2007", "aggregate in the wrong place", "An aggregate function stands where there is no group yet, as in WHERE, or within another aggregate.", "Use HAVING for conditions on groups; nest aggregates with a subquery."},
	{"W2008", "column that is not grouped", "A query with GROUP BY or an aggregate function has one row per group, and this expression may have many values in one.", "Add it to GROUP BY, or put it into an aggregate such as MAX."},
	{"W2009", "NULL without a type", "A bare NULL stands where nothing says its type.", "CAST(NULL AS type)."},
	{"W2010", "bad literal", "A number is out of range, or the text of a DATE, TIME, TIMESTAMP or INTERVAL does not have its form.", "The message names the form."},
	{"W2011", "types or columns that don't go together", "The branches of CASE, the rows of VALUES, the sides of UNION or a list of column names differ in number or have no common type.", "CAST one side, or count the columns."},
	{"W2012", "impossible cast", "No conversion leads from the one type to the other.", "Convert by way of a third type, or use a function for it."},
	{"W2013", "impossible type", "A type's length, precision or scale is out of its bounds, or the type can't stand there.", "The message has the bounds."},
	{"W2014", "condition that is not BOOLEAN", "WHERE, HAVING, ON, FILTER and WHEN take conditions.", "Compare with something: x <> 0."},
	{"W2020", "bad watermark", "WATERMARK FOR needs a column of type TIMESTAMP(0…3) or TIMESTAMP_LTZ(0…3) of the same table, and an expression of the same type.", "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND."},
	{"W2021", "bad primary key", "PRIMARY KEY names columns of the table, once, and says NOT ENFORCED: weir does not check it.", "PRIMARY KEY (id) NOT ENFORCED."},
	{"W2022", "query that doesn't fit the table it is written into", "INSERT compares by position: the query must have as many columns as the table or the list behind its name, with types that can be converted without CAST.", "The notes show both schemas; CAST or reorder the columns of SELECT."},
	{"W2024", "LIKE that says a thing twice", "CREATE TABLE … LIKE takes over what the other table has, and the statement says the same thing anew; or a feature of LIKE is named twice, or the other one is a view.", "EXCLUDING leaves a feature of the other table out, OVERWRITING replaces it where it is said anew."},
	{"W2025", "change that doesn't fit the table", "ALTER TABLE adds what is there, changes or drops what is not, or takes a column away that a computed column, the watermark, the primary key or a partition needs.", "SHOW CREATE TABLE shows what the table has."},
	{"W2030", "bad ORDER BY, LIMIT or OFFSET", "ORDER BY names neither a column of the result nor its number, or LIMIT and OFFSET are no whole numbers.", "Number the columns from 1, or give the expression an alias."},
	{"W2040", "bad window", "A window function's arguments are wrong, or its columns are used in a way that can't be computed while rows stream by.", "FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)), then GROUP BY window_start, window_end."},
	{"W2050", "query that reads too much", "A statement reads at most 10,000 tables. Views that read each other several times multiply: twenty of them, each reading the next one twice, read a million.", "INSERT the result of an inner view into files, and read those."},
	{"W2090", "query that weir can't plan", "Flink knows this form of query, weir doesn't yet.", "docs/flink.md says what weir has."},
	{"W2901", "the object exists already, or doesn't", "CREATE of what is there, or DROP, DESCRIBE, SHOW of what isn't, or of another kind of object.", "CREATE … IF NOT EXISTS, DROP … IF EXISTS; SHOW TABLES and SHOW VIEWS list what there is."},
	{"W2902", "statement that weir doesn't run", "Flink has this statement, weir reads it and does not do it.", "HELP lists the statements that weir runs."},
	{"W2903", "bad statement set", "Between BEGIN STATEMENT SET and END only INSERT and CREATE TABLE AS can stand; END needs a BEGIN, and BEGIN an END.", "Write BEGIN STATEMENT SET, the INSERTs, then END."},

	{BadParallelism, "parallelism out of bounds", "Parallelism and maximum parallelism are between 1 and 32768.", "Choose another number."},
	{"W3002", "parallelism above its maximum", "Rows are divided into as many key groups as the maximum parallelism says; more subtasks would have nothing to do.", "Lower the parallelism or raise the maximum: the message says where both come from."},
	{"W3003", "parallelism of a table out of bounds", "'scan.parallelism' or 'sink.parallelism' of a table is not between 1 and 32768.", "Change the option."},
	{OneGlobalGroup, "parallelism of one global group", "An operator without a key, as a global aggregate or LIMIT, has one group, which one subtask computes.", "Leave its parallelism and maximum at 1."},
	{"W3005", "sink that takes no updates", "The query changes rows that it has given before, and the table's connector can only append.", "Aggregate by windows, whose results are final; use batch mode on files; or write to a sink that takes changes."},
	{"W3006", "primary key that is not the key of changes", "A table with a primary key takes updates by that key, and the query's changes are by another one.", "Make the query's GROUP BY key the table's primary key."},
	{"W3007", "changes that may come out of order", "The sink's parallelism differs from its input's, so changes to one row may overtake each other, and there is no primary key to keep them together.", "Declare a primary key, or leave 'sink.parallelism' out."},
	{"W3008", "aggregate that can't take rows back", "The rows that are aggregated may be updated or deleted, and this function can't undo them.", "Aggregate before the rows change, or use batch mode."},
	{"W3010", "bad hint", "A hint in /*+ … */ is unknown, names an operator that the query doesn't have, or stands where it means nothing.", "EXPLAIN shows the operators' names."},
	{"W3011", "parallelism above that of the state", "The maximum parallelism was fixed when the state was first written: at most so many subtasks can share it.", "Lower the parallelism, or rewrite the savepoint with weir rescale --max-parallelism."},
	{"W3012", "maximum parallelism that is not that of the state", "The maximum parallelism was fixed when the state was first written.", "Leave it unset: it is taken from the state. weir rescale --max-parallelism rewrites a savepoint."},
	{"W3013", "no operator of that name in the savepoint", "weir rescale was told the parallelism of an operator that the job doesn't have.", "weir state lists the operators."},
	{"W3014", "INSERT OVERWRITE where nothing can be replaced", "The table's connector only takes more rows, the input never ends, or another statement of the set writes into the table as well.", "SET 'execution.runtime-mode' = 'batch', and overwrite a table of files in one statement."},

	{"W4001", "bad row", "A row of a file is not of the table's schema. The message has file, line, column and value.", "Mend the row, change the column's type, or have such rows left out and counted with the format's 'ignore-parse-errors'."},
	{"W4002", "bad header", "The first line of a CSV file does not have the table's columns, or can't be read.", "Compare the column names, or set 'csv.header' to what the file has."},
	{"W4003", "NULL rowtime in a file", "A row of the file has no event time, so that its watermark can't rise. In a text file this is W4001, which has the line.", "Give the column a value in every row, or run in batch mode."},
	{Unwritable, "value that the format can't hold", "A value to be written has no form in the file's format.", "Convert the column before INSERT, or write another format."},
	{"W4010", "NULL in a NOT NULL column", "The query gave NULL for a column of the sink that is NOT NULL.", "COALESCE(x, …), or SET 'table.exec.sink.not-null-enforcer' = 'DROP' to leave such rows out."},
	{"W4011", "damaged Parquet file", "The file isn't Parquet, or contradicts itself. Nothing of it is guessed.", "Write or copy the file again; a download may have been cut."},
	{"W4012", "Parquet file with another schema", "The table and the file disagree about a column: its name, its type, or whether it is there.", "FROM 'file.parquet' or weir infer shows the file's own schema."},
	{"W4013", "value longer or shorter than its type", "With 'table.exec.sink.type-length-enforcer' = 'ERROR' a CHAR, VARCHAR, BINARY or VARBINARY column of a sink takes only values of its length.", "CAST the value in the query, or let 'TRIM_PAD' cut it and fill it up."},
	{"W4101", "division by zero", "A divisor was 0. The whole statement fails.", "x / NULLIF(y, 0) gives NULL instead."},
	{"W4102", "value that can't be cast", "CAST met a text that is no value of the type. The whole statement fails.", "TRY_CAST gives NULL instead."},
	{"W4104", "NULL where the type says NOT NULL", "An expression that can't be NULL by its type was.", "CAST its columns to nullable types by declaring them without NOT NULL."},
	{"W4105", "argument that a function can't work with", "An argument's value is outside of what the function takes: a bad pattern, a negative count, an unknown time zone.", "The message has the value."},
	{"W4190", "function without an implementation", "The planner knows the function and the engine doesn't.", "Use another function; please report it."},
	{"W4201", "not supported by an operator", "The plan asks of an operator what it doesn't do for these types or options.", "CAST the column to another type."},
	{"W4202", "NULL event time", "The rowtime of a window is NULL: nothing says which window the row belongs to.", "Filter such rows with WHERE ts IS NOT NULL before the window, or use batch mode, which leaves them out and counts them."},
	{"W4900", "error of the system", "The operating system refused something while a statement ran. The message is the system's.", "See to disk space, rights and limits."},

	{"W5001", "no such connector", "WITH names a connector that weir doesn't have, or none at all.", "The note lists the connectors."},
	{"W5002", "unknown option", "The connector or format doesn't know this option. Flink ignores some of these; weir wants to be sure that what you wrote has an effect.", "The hint has the nearest one; docs/reference.md lists all."},
	{OptionValue, "bad value of an option", "The option doesn't take this value.", "The message says what it takes."},
	{OptionMissing, "options that are missing or exclude each other", "The connector needs an option that isn't there, or two that can't be set together are.", "Add or remove the options that the message names."},
	{NoFormat, "no such format", "The format isn't known, or the connector can't read or write it.", "The note lists the formats."},
	{"W5006", "table that can't be read, or can't be written", "The connector is only a source or only a sink, or the object is a view.", "Use another connector, or another table."},
	{NoFile, "no such file", "No file is at the path, or matches the pattern. Relative paths count from the directory in which weir was started.", "Look at the path; a hint names a similar file."},
	{Unreadable, "unreadable input", "The system can't read a file or standard input. The message has its reason.", "See to rights and to the disk."},
	{"W5009", "compression that weir doesn't read", "The file's ending names a compression that weir has no decoder for.", "Decompress it first; .gz and .zst are read as they are."},
	{"W5010", "output that can't be written", "The system refuses to write a file of the table. The message has its reason.", "See to rights and disk space."},
	{"W5011", "path that can't be written to", "Rows are written as part files of a directory; the path is a file or a pattern.", "Name a directory."},
	{"W5012", "unbounded table in batch mode", "The source never ends, so that batch mode would never have a result.", "SET 'execution.runtime-mode' = 'streaming', or bound the source, as 'number-of-rows' does for datagen."},
	{"W5013", "part that can't be committed", "A part file of a checkpoint is gone, or another file has its name. Something else writes or cleans the directory.", "Let each job have a directory of its own."},
	{"W5014", "directory without its partition", "A file of a PARTITIONED BY table lies in no directory column=value, or the value isn't one of the column's type.", "Move the file below such a directory, or write a path that leaves it out."},
	{"W5015", "bad metadata column", "The connector has no metadata of that name, or it is of another type.", "DESCRIBE and docs/reference.md have names and types."},
	{"W5016", "bad PARTITIONED BY", "A partition column isn't written, can't name a directory, or no other column is left.", "Partition by some columns of the query, of types that have a plain text."},
	{FormatType, "type that the format doesn't have", "The file format has no form for columns of this type.", "CAST the column, to STRING for example, or use another format."},
	{"W5018", "another job's output", "What the job left unfinished in its directory has meanwhile been claimed by another one.", "Let each job have a directory of its own."},
	{"W5019", "INSERT OVERWRITE that can't be finished", "A job was interrupted behind the moment at which its rows replaced the old ones, or could not remove these; or others overwrite the table all the time.", "The message says which. Read the table once as a user who may write there: that removes what is left."},
	{"W5020", "bad datagen option", "An option of the generator doesn't fit the column's type or another option.", "The note has the option."},
	{"W5021", "file of unknown format", "FROM 'file' can't tell what the file is.", "CREATE TABLE with a 'format', or rename it to .csv, .jsonl or .parquet."},
	{"W5022", "text that no table can be made of", "The lines of the file don't have the same columns, or aren't CSV or JSON lines.", "CREATE TABLE with the right format and delimiter."},
	{"W5023", "nothing to infer from", "The file or directory is empty.", "CREATE TABLE says what the columns are."},
	{"W5024", "files of different schemas", "The files of one pattern or directory are not of one table.", "Name them one by one and UNION ALL them."},

	{"W6001", "out of memory", "State, held rows and exchanges are greater than weir.memory.limit. The message says which operator holds how much.", "Raise the limit, group by fewer keys, or use smaller windows."},
	{"W6101", "damaged checkpoint", "A checkpoint or savepoint is damaged: the message says which part.", "Restore the directory from a copy, or name an older checkpoint, which the hint does where there is one."},
	{"W6102", "checkpoint of a later version", "It was written by a later version of weir.", "Use that version."},
	{"W6103", "job that is running already", "Another process runs the job. The message has its pid.", "Stop it, or wait for its end."},
	{"W6104", "no checkpoint there", "The path leads to neither a checkpoint nor a savepoint.", "Name a directory savepoint-…, chk-…, or that of a job."},
	{"W6105", "state that doesn't fit its operator", "An operator would go on from state that was stored by another kind of operator.", "Begin without the state."},
	{"W6106", "state that nothing continues", "The savepoint has state of an operator that the query hasn't, which would be lost.", "Undo the change of the query, or allow it with --allow-non-restored-state."},
	{Storage, "checkpoint that can't be stored", "The file system refuses: space, rights. The message has the reason.", "The last checkpoint is good; go on from it with --resume."},
	{StoredPosition, "stored position that is none", "What is stored as the position in a generator or in VALUES does not fit it.", "Begin without the state."},
	{"W6110", "no such job", "No job of this process, or of this user, has this id or name.", "SHOW JOBS or weir jobs lists them."},
	{"W6111", "several jobs of that name", "The word means several jobs.", "Write more of the id."},
	{"W6112", "job that has ended", "A job that has ended can't be asked for anything.", "--resume goes on behind its last checkpoint."},
	{"W6113", "no directory for savepoints", "Neither the statement nor a setting says where savepoints go.", "SET 'execution.checkpointing.savepoint-dir'."},
	{"W6114", "job without checkpoints", "The job takes no checkpoints, so there is nothing to make a savepoint of.", "SET 'execution.checkpointing.interval' before its statement."},
	{"W6115", "request that a job doesn't understand", "What came over a job's socket is no request.", "The command and the job are of different versions: use one."},
	{"W6120", "checkpoint that failed", "A checkpoint could not be made. The message has the reason.", "See to the reason; 'execution.checkpointing.tolerable-failed-checkpoints' says how many a job survives."},
	{"W6121", "checkpoint that took too long", "Not all subtasks got to the checkpoint in time.", "Raise 'execution.checkpointing.timeout'."},
	{"W6122", "job that ended meanwhile", "The job ended before it could do what it was asked for.", "--resume goes on behind its last checkpoint."},
	{"W6123", "state in batch mode", "Batch mode can't begin with the state of a streaming job.", "SET 'execution.runtime-mode' = 'streaming'."},
	{"W6124", "checkpoint of standard input", "Standard input can't be read again, so that a restart would lose what had been read.", "Read a file, or SET 'weir.checkpoint.stdin' = 'allow'."},
	{"W6125", "savepoint of a drained job", "Its windows have fired as at the end of the input: all further rows would be late.", "Make a savepoint without DRAIN."},
	{"W6126", "nothing to resume", "--resume was given, and the statement keeps no checkpoints.", "Set an interval before it, or leave out --resume."},
	{"W6127", "statement that another process runs", "Another process runs the statement with --resume, or has just done so.", "Wait for it, or stop it."},
	{"W6130", "file that has changed while the job was down", "A file that is still to be read is gone, shorter or replaced.", "Bring it back as it was."},
	{Interrupted, "interrupted", "Ctrl-C, SIGTERM or SIGHUP ended the statement.", "Jobs with checkpoints go on with --resume."},
	{"W6902", "bad command of the prompt", "A line that begins with a dot or a backslash is no command, or has the wrong arguments.", ".help lists them."},
	{"W6903", "file of statements that can't be read", "SOURCE names a file that is not there or can't be read, a pipe or a device, or files that read each other without end.", "The path is taken from the working directory."},

	{"W7001", "unknown setting", "The key is none of weir's, and none that Flink is known to have.", "SET; lists the settings. Keys of Flink's that have no effect in weir are accepted with a notice."},
	{SettingValue, "bad value of a setting", "The setting doesn't take this value.", "The message says what it takes."},
	{"W7003", "setting in the wrong place", "The setting can't be set there.", "The hint says where it can be."},
	{"W7004", "bad line of the config file", "A line of the config file isn't key: value.", "Keys are written flat, with their dots: parallelism.default: 4."},

	{"W9001", "internal error while a job ran", "weir contradicts itself. The job has ended, other jobs go on.", "Please report it, with the statement and the notes."},
	{"W9002", "internal error in a statement", "weir contradicts itself. The statement has ended, the session goes on.", "Please report it, with the statement and the notes."},
}

// Explain is what a user is told who asks about a code, in lines of at most 80 columns; false if there is no such code.
func Explain(code string) (string, bool) {
	c, ok := LookupCode(strings.ToUpper(strings.TrimSpace(code)))
	if !ok {
		return "", false
	}
	return c.Code + ": " + c.Title + "\n\n" + fold(c.Meaning, 80) + "\n" + fold(c.Remedy, 80), true
}

// fold breaks a text into lines between its words.
func fold(text string, columns int) string {
	var b strings.Builder
	line := 0
	for word := range strings.FieldsSeq(text) {
		w := width(word)
		switch {
		case line == 0:
		case line+1+w > columns:
			b.WriteByte('\n')
			line = 0
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += w
	}
	b.WriteByte('\n')
	return b.String()
}
