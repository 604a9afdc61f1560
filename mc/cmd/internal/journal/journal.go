// Package journal opens files of results, to which a program appends a line per result and goes on
// where they end.
package journal

import (
	"errors"
	"fmt"
	"os"

	"projectpenalty/mc/internal/filelock"
)

// ErrInUse is the error of a file that another process has open.
var ErrInUse = errors.New("another process appends to it")

// Open opens a file to read it and to append to it, and makes it if there is none. A file that is
// open already is refused: two processes would run the same, and one may cut off as torn what the
// other has not yet written whole. The file is free again once it is closed or its process ends. A
// file system without locks refuses nothing.
func Open(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	if filelock.Try(f) == filelock.Busy {
		f.Close()
		return nil, fmt.Errorf("%s: %w; wait for it, or name another file", name, ErrInUse)
	}
	return f, nil
}
