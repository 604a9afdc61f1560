package mctest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
)

// exported returns package mc as the compiler sees it.
func exported(t *testing.T) *types.Package {
	t.Helper()
	pkg, err := compiled(t).Import("projectpenalty/mc")
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// compiled imports package mc and what it and its tests import, as the compiler sees them.
func compiled(t *testing.T) types.Importer {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-test", "-export", "-json=ImportPath,Export",
		"projectpenalty/mc").Output()
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
		path, _, _ := strings.Cut(p.ImportPath, " ") // what is compiled again for the tests
		if files[path] == "" {
			files[path] = p.Export
		}
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
	return importer.ForCompiler(token.NewFileSet(), "gc", open)
}

// Every exported type of package mc that is of one of these kinds is in the catalogue, and so is
// checked, and in both surveys.
func TestCatalogIsComplete(t *testing.T) {
	tables := map[string]map[string]bool{
		"Solver": {}, "Penalty": {}, "Optimizer": {}, "Measurement": {}, "Schedule": {}, "Init": {}, "Loss": {},
		"Quantity": {},
	}
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
	for _, s := range catalog.Schedules() {
		note("Schedule", s)
	}
	for _, i := range catalog.Inits() {
		note("Init", i)
	}
	for _, l := range catalog.Losses() {
		note("Loss", l)
	}
	for _, q := range catalog.Quantities() {
		note("Quantity", q)
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
				t.Errorf("mc.%s implements mc.%s and is not in the catalogue; add it in "+
					"mc/internal/catalog", name, table)
			}
		}
		if found == 0 {
			t.Errorf("no %s was found in package mc", table)
		}
	}
}

// The README says in one table what Converged means, for every solver once.
func TestConvergedIsExplained(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| solver | `converged` means |\n")
	table, _, ends := strings.Cut(table, "\n\n")
	if !found || !ends {
		t.Fatal("mc/README.md has no table of what Converged means")
	}
	names := map[string]bool{}
	for _, s := range catalog.Solvers() {
		names[reflect.TypeOf(s.Solver).Name()] = true
	}
	for name := range names {
		count := 0
		for _, row := range strings.Split(table, "\n") {
			if strings.Contains(strings.SplitN(row, "|", 3)[1], "`"+name+"`") {
				count++
			}
		}
		if count != 1 {
			t.Errorf("the table of what Converged means has %s in %d rows; it must be in one", name, count)
		}
	}
	if len(names) < 26 {
		t.Errorf("%d solvers were found", len(names))
	}
	for status := mc.Unfinished; status <= mc.RoundingLimit; status++ {
		if !bytes.Contains(text, []byte("`"+status.String()+"`")) {
			t.Errorf("the table of how a run ends does not have %v", status)
		}
	}
}

// A reader finds an idea by the name of its file: an exported type of one of these kinds is in a
// file that begins with its kind, and every file but doc.go exports something.
func TestFilesByKind(t *testing.T) {
	prefixes := map[string]string{
		"Solver": "solver_", "Penalty": "penalty_", "Optimizer": "optimizer_", "Schedule": "schedule_",
		"Init": "init_", "Measurement": "measurement_", "Loss": "loss_",
		"Quantity": "watch_",
	}
	// Tune chooses among solvers, and is found by what it does.
	elsewhere := map[string]string{"Tune": "tune.go"}
	names, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	set, home := token.NewFileSet(), map[string]string{}
	for _, path := range names {
		file := filepath.Base(path)
		if strings.HasSuffix(file, "_test.go") || file == "doc.go" {
			continue
		}
		f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		exports := false
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				exports = exports || d.Name.IsExported()
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						home[spec.Name.Name] = file
						exports = exports || spec.Name.IsExported()
					case *ast.ValueSpec:
						exports = exports || spec.Names[0].IsExported()
					}
				}
			}
		}
		if !exports {
			t.Errorf("mc/%s exports nothing; move it to mc/internal or to the file that it serves",
				file)
		}
	}
	scope := exported(t).Scope()
	for kind, prefix := range prefixes {
		contract := scope.Lookup(kind).Type().Underlying().(*types.Interface)
		found := 0
		for _, name := range scope.Names() {
			of, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || types.IsInterface(of.Type()) || !types.Implements(of.Type(), contract) &&
				!types.Implements(types.NewPointer(of.Type()), contract) {
				continue
			}
			found++
			if file := home[name]; !strings.HasPrefix(file, prefix) && elsewhere[name] != file {
				t.Errorf("mc.%s, which implements mc.%s, is in %s; move it to %s%s.go",
					name, kind, file, prefix,
					strings.ToLower(name))
			}
		}
		if found == 0 {
			t.Errorf("no %s was found in package mc", kind)
		}
	}
}

// What a solver is exempt from, and why, is in its documentation: its own, or that of the solver
// that it runs.
func TestExemptionsAreDocumented(t *testing.T) {
	names, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, path := range names {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE && g.Doc != nil {
				docs[g.Specs[0].(*ast.TypeSpec).Name.Name] = strings.Join(strings.Fields(g.Doc.Text()), " ")
			}
		}
	}
	found := 0
	for _, s := range catalog.Solvers() {
		for check, reason := range s.Exempt {
			found++
			name := reflect.TypeOf(s.Solver).Name()
			if doc := docs[name]; !strings.Contains(doc, check) || !strings.Contains(doc, reason) {
				t.Errorf("mc.%s is exempt from %q, since %q: its doc comment must say so", name, check, reason)
			}
		}
	}
	if found < 10 {
		t.Errorf("%d exemptions were found", found)
	}
}

// Every exported type of package mc is in an example, or in what a file of examples declares for
// them: some expression there has it, or a pointer to it or a slice of it, as its type.
func TestTypesHaveExamples(t *testing.T) {
	names, err := filepath.Glob("../*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name.Name == "mc_test" {
			files = append(files, f)
		}
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: compiled(t)}
	if _, err := config.Check("projectpenalty/mc_test", set, files, info); err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	var note func(kind types.Type)
	note = func(kind types.Type) {
		switch kind := kind.(type) {
		case *types.Pointer:
			note(kind.Elem())
		case *types.Slice:
			note(kind.Elem())
		case *types.Named:
			if p := kind.Obj().Pkg(); p != nil && p.Path() == "projectpenalty/mc" {
				shown[kind.Obj().Name()] = true
			}
		case *types.Signature:
			for v := range kind.Params().Variables() {
				note(v.Type())
			}
			for v := range kind.Results().Variables() {
				note(v.Type())
			}
		}
	}
	for _, f := range files {
		isExample := func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return ok && strings.HasPrefix(f.Name.Name, "Example")
		}
		all := slices.ContainsFunc(f.Decls, isExample) // with what examples call
		for _, d := range f.Decls {
			if example, ok := d.(*ast.FuncDecl); ok && all && !strings.HasPrefix(example.Name.Name, "Test") {
				ast.Inspect(example, func(n ast.Node) bool {
					if e, ok := n.(ast.Expr); ok {
						note(info.Types[e].Type)
					}
					return true
				})
			}
		}
	}
	if len(shown) < 50 {
		t.Fatalf("examples have %d types", len(shown))
	}
	scope := exported(t).Scope()
	for _, name := range scope.Names() {
		if kind, ok := scope.Lookup(name).(*types.TypeName); ok && kind.Exported() && !shown[name] {
			t.Errorf("mc.%s is in no example", name)
		}
	}
}
