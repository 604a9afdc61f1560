//go:build unix

package filelock_test

import (
	"os"
	"path/filepath"
	"testing"

	"projectpenalty/mc/internal/filelock"
)

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestOneHolder(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	first, second := open(t, name), open(t, name)
	if s := filelock.Try(first); s != filelock.Held {
		t.Fatalf("the free lock is %v, want Held", s)
	}
	if s := filelock.Try(second); s != filelock.Busy {
		t.Errorf("the lock that the first file has is %v, want Busy", s)
	}
	waited := make(chan filelock.State)
	go func() { waited <- filelock.Wait(second) }()
	first.Close()
	if s := <-waited; s != filelock.Held {
		t.Errorf("once the first file is closed, the second's lock is %v, want Held", s)
	}
}

func TestNoLock(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "lock"))
	f.Close()
	if s := filelock.Try(f); s != filelock.Unknown {
		t.Errorf("the lock of a closed file is %v, want Unknown", s)
	}
	if s := filelock.Wait(f); s != filelock.Unknown {
		t.Errorf("the lock of a closed file is %v, want Unknown", s)
	}
}
