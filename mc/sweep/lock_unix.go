//go:build unix

package sweep

import (
	"errors"
	"syscall"
)

// lock takes the exclusive lock of an open file, waiting for it or not, and reports whether it has
// it. The lock goes with the process, however that ends. A file system without locks grants none.
func lock(f interface{ Fd() uintptr }, wait bool) bool {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err == nil
		}
	}
}
