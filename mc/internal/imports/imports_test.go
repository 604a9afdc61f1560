// Package imports holds the rule of which package may import which.
package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Imports run one way, notebooks → viz/nb → viz → mc → gonum, and only viz/nb knows that there are
// notebooks.
func TestImportsRunOneWay(t *testing.T) {
	list := exec.Command("go", "list", "-json=ImportPath,Imports", "projectpenalty/...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	within := func(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
	seen := 0
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, i := range p.Imports {
			for _, rule := range []struct {
				of      string
				exempt  string
				forbids []string
			}{
				{of: "projectpenalty/mc", forbids: []string{"projectpenalty/viz", "projectpenalty/notebooks",
					"github.com/go-echarts", "github.com/janpfeifer"}},
				{of: "projectpenalty/viz", exempt: "projectpenalty/viz/nb",
					forbids: []string{"projectpenalty/viz/nb", "projectpenalty/notebooks", "github.com/janpfeifer"}},
				{of: "projectpenalty/viz", exempt: "projectpenalty/viz/print",
					forbids: []string{"codeberg.org", "git.sr.ht", "golang.org/x/image"}},
				{of: "projectpenalty/viz/nb",
					forbids: []string{"projectpenalty/notebooks", "projectpenalty/viz/print"}},
			} {
				if !within(p.ImportPath, rule.of) || rule.exempt != "" && within(p.ImportPath, rule.exempt) {
					continue
				}
				for _, f := range rule.forbids {
					if within(i, f) {
						t.Errorf("%s imports %s", p.ImportPath, i)
					}
				}
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d packages were looked at", seen)
	}
}

// A cell of a notebook links neither the drawing of pictures nor a client of HTTP, which only a few
// programs need.
func TestCellsLinkLittle(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "projectpenalty/viz/nb", "projectpenalty/mc/data").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	for _, heavy := range []string{"github.com/dop251/goja", "projectpenalty/viz/draw",
		"projectpenalty/viz/print", "net/http", "crypto/tls"} {
		if slices.Contains(packages, heavy) {
			t.Errorf("cells link %s", heavy)
		}
	}
	if !slices.Contains(packages, "projectpenalty/viz/internal/echarts") {
		t.Errorf("not the packages of a cell: %v", packages)
	}
}

// A cell that names a solver compiles nothing of package kernel: it would, 0.1 s each time, if a
// type of mc held a generic type of kernel in a field, or in the signature of a method, exported or
// not.
func TestCellsCompileLittle(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "main.go")
	err := os.WriteFile(file, []byte(`package main

import (
	"context"

	"projectpenalty/mc"
)

func main() {
	p, _ := mc.LowRank{Rows: 9, Cols: 9, Rank: 1, Observed: 40}.Problem()
	mc.DeepMF{Penalty: mc.Ratio{}}.Solve(context.Background(), p, &mc.Trace{})
	mc.NuclearNorm{}.Solve(context.Background(), p)
}
`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	// The compiler reports each function that it could inline, by the file that declares it.
	out, err := exec.Command("go", "build", "-gcflags=-m", "-o", filepath.Join(folder, "program"),
		file).CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if text := string(out); strings.Contains(text, "kernel.") || !strings.Contains(text, "main.go") {
		t.Errorf("a program of two calls compiles:\n%.2000s", text)
	}
}
