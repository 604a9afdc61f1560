// Package imports holds the rule of which package may import which.
package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// Imports run one way, notebooks → viz/nb → viz → mc → gonum, and only viz/nb knows that there are notebooks.
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
				{of: "projectpenalty/mc", forbids: []string{"projectpenalty/viz", "projectpenalty/notebooks", "github.com/go-echarts", "github.com/janpfeifer"}},
				{of: "projectpenalty/viz", exempt: "projectpenalty/viz/nb", forbids: []string{"projectpenalty/viz/nb", "projectpenalty/notebooks", "github.com/janpfeifer"}},
				{of: "projectpenalty/viz", exempt: "projectpenalty/viz/print", forbids: []string{"codeberg.org", "git.sr.ht", "golang.org/x/image"}},
				{of: "projectpenalty/viz/nb", forbids: []string{"projectpenalty/notebooks", "projectpenalty/viz/print"}},
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
