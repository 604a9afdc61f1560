//go:build unix

package filelock

import (
	"errors"
	"syscall"
)

// Try takes the lock of a file if it is free. It returns Held, Busy or Unknown.
func Try(f File) State { return flock(f, syscall.LOCK_EX|syscall.LOCK_NB) }

// Wait takes the lock of a file once it is free. It returns Held or Unknown.
func Wait(f File) State { return flock(f, syscall.LOCK_EX) }

func flock(f File, how int) State {
	for {
		switch err := syscall.Flock(int(f.Fd()), how); {
		case err == nil:
			return Held
		case errors.Is(err, syscall.EWOULDBLOCK):
			return Busy
		case !errors.Is(err, syscall.EINTR):
			return Unknown
		}
	}
}
