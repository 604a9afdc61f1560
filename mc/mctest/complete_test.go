package mctest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"reflect"
	"testing"

	"projectpenalty/mc/internal/catalog"
)

// exported returns package mc as the compiler sees it.
func exported(t *testing.T) *types.Package {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Export", "projectpenalty/mc").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		files[p.ImportPath] = p.Export
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
	pkg, err := importer.ForCompiler(token.NewFileSet(), "gc", open).Import("projectpenalty/mc")
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// Every exported type of package mc that is a Solver, a Penalty, an Optimizer or a Measurement is in the catalogue, and so is checked, and in both
// surveys.
func TestCatalogIsComplete(t *testing.T) {
	tables := map[string]map[string]bool{"Solver": {}, "Penalty": {}, "Optimizer": {}, "Measurement": {}}
	note := func(table string, what any) {
		kind := reflect.TypeOf(what)
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		tables[table][kind.Name()] = true
	}
	for _, s := range catalog.Solvers() {
		note("Solver", s.Solver)
	}
	for _, p := range catalog.Penalties() {
		note("Penalty", p.Penalty)
	}
	for _, o := range catalog.Optimizers() {
		note("Optimizer", o)
	}
	for _, m := range catalog.Measurements() {
		note("Measurement", m.Measurement)
	}
	surveys := map[string][]byte{}
	for _, file := range []string{"README.md", "doc.go"} {
		text, err := os.ReadFile("../" + file)
		if err != nil {
			t.Fatal(err)
		}
		surveys[file] = text
	}
	scope := exported(t).Scope()
	for table, listed := range tables {
		contract := scope.Lookup(table).Type().Underlying().(*types.Interface)
		found := 0
		for _, name := range scope.Names() {
			kind, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || !kind.Exported() || types.IsInterface(kind.Type()) {
				continue
			}
			if !types.Implements(kind.Type(), contract) && !types.Implements(types.NewPointer(kind.Type()), contract) {
				continue
			}
			for file, text := range surveys {
				if !bytes.Contains(text, []byte("`"+name+"`")) && !bytes.Contains(text, []byte("["+name+"]")) {
					t.Errorf("mc/%s, a survey of the package, does not name %s", file, name)
				}
			}
			if found++; !listed[name] {
				t.Errorf("mc.%s implements mc.%s and is not in the catalogue; add it in mc/internal/catalog", name, table)
			}
		}
		if found == 0 {
			t.Errorf("no %s was found in package mc", table)
		}
	}
}
