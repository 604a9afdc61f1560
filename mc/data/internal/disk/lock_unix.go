//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// Lock takes the exclusive lock of an open file, if it is free, and reports whether it was. The
// lock goes with the file, however the process ends. On a file system without locks it is free.
func Lock(f *os.File) bool {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return !errors.Is(err, syscall.EWOULDBLOCK)
		}
	}
}
