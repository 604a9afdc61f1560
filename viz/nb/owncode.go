package nb

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"projectpenalty/mc/data"
	"projectpenalty/mc/sweep"
)

// Program is the environment variable that names the source of the program in a shard of a cluster.
// In a notebook the kernel has written it.
const Program = "PENALTY_PROGRAM"

// programFile is empty outside of notebooks and shards.
func programFile() string {
	if folder := os.Getenv(protocol.GONB_TMP_DIR_ENV); folder != "" {
		return filepath.Join(folder, "main.go")
	}
	return os.Getenv(Program)
}

// ownCode is a digest of the code in the notebook by which a run computes: the types and functions
// of its own among the values, and all declarations that they use. It is empty if there are none,
// or outside of notebooks. A description has the settings of a type, and not what its methods do.
func ownCode(values ...any) string {
	names := namesOf("main", values...)
	if len(names) == 0 {
		return ""
	}
	var stack []string // the notebook's functions that have called, the innermost first
	for frame := range callers {
		if name, own := strings.CutPrefix(frame.Function, "main."); own {
			stack = append(stack, name)
		}
	}
	id := fmt.Sprint(names, stack)
	if code, ok := codes.Load(id); ok {
		return code.(string)
	}
	source, err := os.ReadFile(programFile())
	if err != nil {
		return ""
	}
	text, err := declarations(source, names, stack)
	Check(err)
	sum := sha256.Sum256(text)
	code := hex.EncodeToString(sum[:12])
	codes.Store(id, code)
	return code
}

// codes are the digests that this cell has computed, by the names.
var codes sync.Map

// ownCodeOf is that of the cells of a sweep.
func ownCodeOf(spec sweep.Spec) string {
	values := []any{spec.Problem, spec.Solver}
	for _, a := range spec.Axes {
		for _, l := range a.Levels {
			for _, set := range l.Set {
				values = append(values, set.Value)
			}
		}
	}
	for _, m := range spec.Measures {
		values = append(values, m.Of)
	}
	return ownCode(values...)
}

// keepProgram copies the source of the notebook's program for the shards of a sweep.
func keepProgram(folder string) (string, error) {
	source, err := os.ReadFile(programFile())
	if err != nil {
		return "", nil // outside of a notebook
	}
	name, err := filepath.Abs(filepath.Join(folder, "program.txt")) // no .go, which go build ./... would find
	if err == nil {
		err = os.MkdirAll(folder, 0o777)
	}
	if err == nil {
		err = data.Save(name, func(w io.Writer) error { _, err := w.Write(source); return err })
	}
	if err != nil {
		return "", fmt.Errorf("nb: keeping the program of the cell: %w", err)
	}
	return name, nil
}

// namesOf are the types of a package among the values and all that they hold, and the functions as
// the runtime calls them, without the package: F, (*T).M-fm, F.func1, and G.F.func1 of an F that
// was inlined in G.
func namesOf(pkg string, values ...any) map[string]bool {
	w := walk{pkg: pkg, names: map[string]bool{}, types: map[reflect.Type]bool{}, been: map[uintptr]bool{}}
	for _, v := range values {
		w.value(reflect.ValueOf(v))
	}
	return w.names
}

type walk struct {
	pkg   string
	names map[string]bool
	types map[reflect.Type]bool // whether values of the type may hold something of the package
	been  map[uintptr]bool      // what pointers point to
}

func (w *walk) value(v reflect.Value) {
	if !v.IsValid() || !w.may(v.Type()) {
		return
	}
	w.named(v.Type())
	switch v.Kind() {
	case reflect.Func:
		if f := runtime.FuncForPC(v.Pointer()); f != nil {
			if name, own := strings.CutPrefix(f.Name(), w.pkg+"."); own {
				w.names[name] = true
			}
		}
	case reflect.Interface:
		w.value(v.Elem())
	case reflect.Pointer:
		if !w.been[v.Pointer()] {
			w.been[v.Pointer()] = true
			w.value(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			w.value(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			w.value(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			w.value(v.MapIndex(k))
		}
	}
}

func (w *walk) named(t reflect.Type) {
	if t.PkgPath() == w.pkg && t.Name() != "" {
		name, _, _ := strings.Cut(t.Name(), "[")
		w.names[name] = true
	}
}

// may reports whether a value of the type can hold something of the package, so that the entries of
// a matrix are not gone through.
func (w *walk) may(t reflect.Type) bool {
	may, known := w.types[t]
	if known {
		return may
	}
	w.types[t] = true // of what refers to itself
	switch t.Kind() {
	case reflect.Func, reflect.Interface:
		may = true
	case reflect.Struct:
		for i := range t.NumField() {
			may = w.may(t.Field(i).Type) || may
		}
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		may = w.may(t.Elem())
	}
	w.types[t] = may || t.PkgPath() == w.pkg
	return w.types[t]
}

// identifier matches the parts of a name that the runtime has for a function.
var identifier = regexp.MustCompile(`[\pL_][\pL_\d]*`)

// declarations returns the text, without comments, of the declarations of a program that hold what
// [namesOf] names, and of those that they use, in the order of their names. Methods belong to their
// type. The [makers] of functions that capture values stand before them; the stack is the functions
// that have called for the digest.
func declarations(source []byte, names map[string]bool, stack []string) ([]byte, error) {
	files := token.NewFileSet()
	program, err := parser.ParseFile(files, "main.go", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("nb: reading the program of the cell: %w", err)
	}
	declared, types := map[string][]ast.Node{}, map[string]bool{}
	for _, d := range program.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == "main" { // its other statements are those of this cell alone
				declared["main"] = append(literals(d), captured(d, literals(d))...)
				continue
			}
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d.Recv.List[0].Type)
			}
			declared[name] = append(declared[name], d)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					declared[s.Name.Name] = append(declared[s.Name.Name], s)
					types[s.Name.Name] = true
				case *ast.ValueSpec:
					var whole ast.Node = s
					if counts(d) {
						whole = d
					}
					for _, name := range s.Names {
						declared[name.Name] = append(declared[name.Name], whole)
					}
					for _, name := range []string{"init", "glob"} { // as the runtime names them
						declared[name] = append(declared[name], literals(s)...)
					}
				}
			}
		}
	}
	used, queue := map[string]bool{}, []string{}
	for name := range names {
		parts := slices.DeleteFunc(identifier.FindAllString(name, -1),
			func(part string) bool { return declared[part] == nil })
		for k, part := range parts { // the type of a method, and the innermost function
			if (types[part] || k == len(parts)-1) && !used[part] {
				used[part] = true
				queue = append(queue, part)
			}
		}
	}
	if made := makers(program, names, stack); len(made) > 0 {
		const calls = "()" // no name that a program can have
		declared[calls], used[calls], queue = made, true, append(queue, calls)
	}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, node := range declared[next] {
			ast.Inspect(node, func(n ast.Node) bool {
				id, is := n.(*ast.Ident)
				if is && !used[id.Name] && declared[id.Name] != nil && id.Name != "main" {
					used[id.Name] = true
					queue = append(queue, id.Name)
				}
				return true
			})
		}
	}
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(used)) {
		for _, node := range declared[name] {
			if err := printer.Fprint(&text, files, node); err != nil {
				return nil, fmt.Errorf("nb: reading the program of the cell: %w", err)
			}
			text.WriteByte('\n')
			text.WriteString(environment(node))
		}
	}
	if byData.Match(text.Bytes()) {
		text.WriteString(data.Sources())
	}
	return text.Bytes(), nil
}

// byData matches a use of mc/data, of which the digest of mc says nothing.
var byData = regexp.MustCompile(`\bdata\.[A-Z]`)

// environment is what the declaration takes from the environment: the value of each [Param] that
// has one, and whether [Mode] is full.
func environment(node ast.Node) string {
	var text strings.Builder
	ast.Inspect(node, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is || len(call.Args) == 0 {
			return true
		}
		switch called(call) {
		case "Param":
			if name, is := call.Args[0].(*ast.BasicLit); is {
				key := "PENALTY_" + strings.Trim(name.Value, "\"`")
				if value, set := os.LookupEnv(key); set {
					fmt.Fprintf(&text, "%s=%q\n", key, value)
				}
			}
		case "Mode":
			if full() {
				text.WriteString("full\n")
			}
		}
		return true
	})
	return text.String()
}

// counts reports whether the values of a declaration depend on their places: a constant without a
// value repeats the expression before it, and iota counts.
func counts(d *ast.GenDecl) (counts bool) {
	if d.Tok != token.CONST {
		return false
	}
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			counts = counts || n.Values == nil
		case *ast.Ident:
			counts = counts || n.Name == "iota"
		}
		return !counts
	})
	return counts
}

// receiver is the name of the type that a method is of.
func receiver(t ast.Expr) string {
	name := ""
	ast.Inspect(t, func(n ast.Node) bool {
		if id, is := n.(*ast.Ident); is && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return name
}
