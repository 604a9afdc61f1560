//go:build unix

package journal

import (
	"errors"
	"os"
	"syscall"
)

// taken takes the exclusive lock of an open file, and reports whether another one has it.
func taken(f *os.File) bool {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return errors.Is(err, syscall.EWOULDBLOCK)
		}
	}
}
