//go:build unix

package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file is appended to, by one process at a time.
func TestOpen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "runs.jsonl")
	for n := range 2 {
		f, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Open(name)
		if second != nil || !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), name) {
			t.Errorf("a second one: %v, %v", second, err)
		}
		if _, err := f.WriteString("line\n"); err != nil {
			t.Error(err)
		}
		f.Close()
		if text, err := os.ReadFile(name); err != nil || string(text) != strings.Repeat("line\n", n+1) {
			t.Errorf("the file is %q, %v", text, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nowhere", "runs.jsonl")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
}
