// Package filelock takes exclusive locks of files, by which processes of one or several machines
// tell who has a file. A lock goes with the open file, however its process ends.
package filelock

// A State says what an attempt to lock a file has come to.
type State int

const (
	Held    State = iota // by the caller, from now on
	Busy                 // another open file has the lock
	Unknown              // the file system, or the operating system, has no locks
)

// A File is an open file, such as *os.File.
type File interface{ Fd() uintptr }
