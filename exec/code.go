package exec

// The codes of what ends a job, or keeps it from doing what it was asked for.
const (
	codeRow              = "W4001" // a row of a file that is not of its table
	codeNull             = "W4010" // NULL for a NOT NULL column of a sink
	codeLength           = "W4013" // a value that is not of the length of a sink's column
	codeMemory           = "W6001"
	codeFailedCheckpoint = "W6120"
	codeLateCheckpoint   = "W6121"
	codeEnded            = "W6122" // a request to a job that has ended
	codeInternal         = "W9001"
)
