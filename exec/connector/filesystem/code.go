package filesystem

// The codes of what this connector refuses and of what the file system refuses it.
const (
	codeCompression     = "W5009"
	codeUnwritable      = "W5010"
	codeNoDirectory     = "W5011" // a path that rows can't be written to
	codeUncommitted     = "W5013"
	codeNoPartition     = "W5014" // a file in no directory column=value, or a value that is none
	codeMetadata        = "W5015"
	codePartition       = "W5016" // columns that a table can't be partitioned by
	codeForeign         = "W5018" // a run that another job has claimed by now
	codeHalfOverwritten = "W5019" // INSERT OVERWRITE that was interrupted behind its commit, and can't be finished
	codeChanged         = "W6130" // a file that is not what it was when the job stopped
)
