package main

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// repository is a checkout that may be released as 1.2.3.
func repository(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git here")
	}
	folder := t.TempDir()
	write(t, folder, "mc/sources.go", "package mc\n\nconst Version = \"1.2.3\"\n")
	write(t, folder, "CITATION.cff", "cff-version: 1.2.0\nversion: 1.2.3\n")
	write(t, folder, "CHANGELOG.md", "# Changes\n\n## 1.2.3 (2026-11-25)\n\nThe first.\n")
	run(t, folder, "init", "--quiet")
	commit(t, folder)
	run(t, folder, "tag", "v1.2.3")
	return folder
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, folder string, arguments ...string) {
	t.Helper()
	if _, err := git(folder, arguments...); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, folder string) {
	t.Helper()
	run(t, folder, "add", "--all")
	run(t, folder, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "Change")
}

func TestCheck(t *testing.T) {
	change := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			write(t, folder, name, text)
			commit(t, folder)
			run(t, folder, "tag", "--force", "v1.2.3")
		}
	}
	for _, c := range []struct {
		name, version, complaint string
		prepare                  func(*testing.T, string)
	}{
		{"good", "1.2.3", "", nil},
		{"no version", "", `VERSION is ""; it must be like 0.1.0`, nil},
		{"a tag for a version", "v1.2.3", "it must be like 0.1.0", nil},
		{"a path for a version", "1.2.3-../x", "it must be like 0.1.0", nil},
		{"no tag", "1.2.4", "there is no tag v1.2.4", nil},
		{"a file that is not committed", "1.2.3", "new.go",
			func(t *testing.T, f string) { write(t, f, "new.go", "package x\n") }},
		{"a change that is not committed", "1.2.3", "CHANGELOG.md",
			func(t *testing.T, f string) { write(t, f, "CHANGELOG.md", "") }},
		{"a commit after the tag", "1.2.3", "the tag v1.2.3 is on another commit",
			func(t *testing.T, f string) { write(t, f, "new.go", "package x\n"); commit(t, f) }},
		{"another version of the code", "1.2.3", "mc/sources.go does not name 1.2.3",
			change("mc/sources.go", "package mc\n\nconst Version = \"1.2.30\"\n")},
		{"another version to cite", "1.2.3", "CITATION.cff does not name 1.2.3",
			change("CITATION.cff", "cff-version: 1.2.3\nversion: 1.2.0\n")},
		{"no word on what changed", "1.2.3", "CHANGELOG.md does not name 1.2.3",
			change("CHANGELOG.md", "# Changes\n\n## 1.2.30\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := repository(t)
			if c.prepare != nil {
				c.prepare(t, folder)
			}
			err := check(folder, c.version)
			switch {
			case c.complaint == "" && err != nil:
				t.Fatal(err)
			case c.complaint != "" && (err == nil || !strings.Contains(err.Error(), c.complaint)):
				t.Fatalf("check = %v, must complain: %s", err, c.complaint)
			}
		})
	}
}

// The program does not depend on where it is built. That it does not depend on what was compiled
// before, make release checks each time, from empty caches.
func TestProgramIsTheSameAnywhere(t *testing.T) {
	here := platform{"linux", runtime.GOARCH}
	var programs []string
	for _, folder := range []string{"one", "the/other"} {
		source := filepath.Join(t.TempDir(), folder)
		for _, name := range []string{"go.mod", "go.sum"} {
			text, err := os.ReadFile("../../" + name)
			if err != nil {
				t.Fatal(err)
			}
			write(t, source, name, string(text))
		}
		if err := os.CopyFS(filepath.Join(source, "mc"), os.DirFS("../../mc")); err != nil {
			t.Fatal(err)
		}
		program := filepath.Join(source, "mcsweep")
		if err := compile(source, program, here, ""); err != nil {
			t.Fatal(err)
		}
		programs = append(programs, program)
	}
	a, b := read(t, programs[0]), read(t, programs[1])
	if !bytes.Equal(a, b) {
		t.Fatal("two builds differ")
	}
	f, err := elf.NewFile(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	if libraries, err := f.ImportedLibraries(); err == nil && len(libraries) > 0 {
		t.Errorf("the program needs %q", libraries)
	}

	bom, err := billOfMaterials(programs[:1], "1.2.3", "2026-11-25T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Components   []component
		Dependencies []dependency
	}
	if err := json.Unmarshal(bom, &got); err != nil {
		t.Fatal(err)
	}
	sums := string(read(t, "../../go.sum"))
	found := map[string]bool{}
	for _, c := range got.Components {
		found[c.Name] = true
		if c.Type == "library" && c.Name != "std" &&
			!strings.Contains(sums, c.Name+" "+c.Version+" "+c.Properties[0].Value+"\n") {
			t.Errorf("%s %s is not as in go.sum", c.Name, c.Version)
		}
	}
	for _, name := range []string{"mcsweep", "std", "gonum.org/v1/gonum"} {
		if !found[name] {
			t.Errorf("%s is missing in %s", name, bom)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEqual(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	write(t, a, "f", "x")
	if err := equal(a, b); err == nil {
		t.Error("a missing file is not noticed")
	}
	write(t, b, "f", "y")
	if err := equal(a, b); err == nil {
		t.Error("another content is not noticed")
	}
	write(t, b, "f", "x")
	if err := equal(a, b); err != nil {
		t.Error(err)
	}
}
