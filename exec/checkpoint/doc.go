// Package checkpoint keeps images of jobs in files, finds them again, and does the arithmetic of rescaling them.
//
// A job has a directory, <dir>/<job id>/, with a file lock that its process holds, and a directory chk-<epoch> for each
// checkpoint kept. A savepoint is one directory of the same content that refers to nothing outside it. Directories
// come into being under a hidden name, are made durable, and get their name last: a hidden one is a write that did not
// end, a visible one that cannot be read is damaged.
//
// A directory has two files. state is a magic, the version of the format, and sections one after another: for each
// operator a section for its position and one for its sink, where it has those, then for each of its subtasks, for each
// table, for each key group one with the group's rows. A section is its CRC32C, its length and its bytes. manifest has
// all that is not in sections, among it the list of these with offsets, and the length and the SHA-256 of state; it
// ends with the SHA-256 of itself. An empty third file, committed, comes later: the sinks were committed.
//
// Numbers are little-endian. Texts and byte strings have their length before them. Values of state.Column lie as in
// the memory of a little-endian machine of 64 bits.
package checkpoint
