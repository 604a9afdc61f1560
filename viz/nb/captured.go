package nb

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// maker matches, in what the runtime calls a function that may have captured values, the function
// that it was written in or the method of which it is a value, with the dash: below.func1.2,
// results.below.func1, below[...].func1, (*T).M-fm.
var maker = regexp.MustCompile(`([\pL_][\pL_\d]*)(?:\[\.\.\.\])?(?:-range\d+)?(?:\.func\d+|(-fm)$)`)

// inner matches the name of a function that was written in a function without a name.
var inner = regexp.MustCompile(`\.func\d+\.(?:func)?\d`)

// makers are the parts of a program that make those of the named functions that capture values: the
// calls of the functions that return them, method values, and what gives values to the variables
// there. The declaration of such a function does not hold what it captures.
//
// The statements of the cell count where they may have made it, which another cell does otherwise:
// the name says so, or on the stack no function without parameters is between.
func makers(program *ast.File, names map[string]bool, stack []string) []ast.Node {
	m := made{program: program, been: map[string]bool{}, taken: map[ast.Node]bool{}, cell: !closed(program, stack)}
	for name := range names {
		m.cell = m.cell || strings.HasPrefix(name, "main.")
	}
	for name := range names {
		if found := maker.FindAllStringSubmatch(name, -1); found != nil {
			last := found[len(found)-1]
			m.by(last[1], last[2] != "")
		}
		if inner.MatchString(name) { // made by a function that a variable holds
			for n := range ast.Preorder(program) {
				for _, f := range literals(n) {
					if len(literals(f.(*ast.FuncLit).Body)) > 0 {
						m.held(n)
					}
				}
			}
		}
	}
	slices.SortFunc(m.list, func(a, b ast.Node) int { return int(a.Pos() - b.Pos()) })
	return m.list
}

type made struct {
	program *ast.File
	been    map[string]bool
	taken   map[ast.Node]bool
	list    []ast.Node
	cell    bool // with the statements of main
}

// closed reports whether the innermost functions of a stack have their values from a function
// without parameters, and not from main.
func closed(program *ast.File, stack []string) bool {
	without := alone(program)
	for _, caller := range stack {
		switch name := identifier.FindString(caller); {
		case name == "main":
			return false
		case without[name]:
			return true
		}
	}
	return false
}

// alone are the functions without parameters but main, whose statements are those of a cell.
func alone(program *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, d := range program.Decls {
		f, is := d.(*ast.FuncDecl)
		if is && f.Recv == nil && f.Type.TypeParams == nil && len(f.Type.Params.List) == 0 && f.Name.Name != "main" {
			names[f.Name.Name] = true
		}
	}
	return names
}

// by takes the calls of the functions and methods of a name, or the values of methods. Those of a
// function without parameters give nothing.
func (m *made) by(name string, values bool) {
	id := fmt.Sprint(name, values)
	if m.been[id] || alone(m.program)[name] {
		return
	}
	m.been[id] = true
	for _, d := range m.program.Decls {
		f, is := d.(*ast.FuncDecl)
		if is && f.Name.Name == "main" && !m.cell {
			continue
		}
		var parts, path []ast.Node
		ast.Inspect(d, func(n ast.Node) bool {
			if n == nil {
				path = path[:len(path)-1]
				return true
			}
			path = append(path, n)
			if makes(path, name, values) {
				part := outer(path)
				parts = append(parts, part)
				m.held(part) // if it is no call, but has a function without a name
			}
			return true
		})
		if is && len(parts) > 0 {
			parts = append(parts, captured(f, parts)...)
			if passesOn(f, parts) {
				m.by(f.Name.Name, false)
			}
		}
		for _, part := range parts {
			if !m.taken[part] {
				m.taken[part] = true
				m.list = append(m.list, part)
			}
		}
	}
}

// held takes what is made by the variables that a statement gives functions to.
func (m *made) held(node ast.Node) {
	switch n := node.(type) {
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			if id, is := left.(*ast.Ident); is {
				m.by(id.Name, false)
			}
		}
	case *ast.ValueSpec:
		for _, id := range n.Names {
			m.by(id.Name, false)
		}
	}
}

// makes reports whether a path ends in a call of the name or, if so wanted, in a method value.
func makes(path []ast.Node, name string, value bool) bool {
	switch n := path[len(path)-1].(type) {
	case *ast.CallExpr:
		return !value && called(n) == name
	case *ast.SelectorExpr:
		call, is := path[len(path)-2].(*ast.CallExpr)
		return value && n.Sel.Name == name && !(is && call.Fun == n)
	}
	return false
}

// called is the name of what is called, without its package or receiver and its types.
func called(call *ast.CallExpr) string {
	f := call.Fun
	switch index := f.(type) {
	case *ast.IndexExpr:
		f = index.X
	case *ast.IndexListExpr:
		f = index.X
	}
	switch f := f.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// outer is the end of a path, or in a function without a name the statement or the variables that
// this one stands in.
func outer(path []ast.Node) ast.Node {
	at := slices.IndexFunc(path, func(n ast.Node) bool { _, is := n.(*ast.FuncLit); return is })
	if at < 0 {
		return path[len(path)-1]
	}
	for ; ; at-- {
		switch path[at].(type) {
		case ast.Stmt, ast.Spec:
			return path[at]
		}
	}
}

// passesOn reports whether parts of a function use what it is called with.
func passesOn(f *ast.FuncDecl, parts []ast.Node) bool {
	given := map[string]bool{}
	for _, list := range []*ast.FieldList{f.Recv, f.Type.Params} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			for _, id := range field.Names {
				given[id.Name] = true
			}
		}
	}
	for _, part := range parts {
		for n := range ast.Preorder(part) {
			if id, is := n.(*ast.Ident); is && given[id.Name] {
				return true
			}
		}
	}
	return false
}

// captured are the statements of a function that give values to what parts of it use.
func captured(of *ast.FuncDecl, by []ast.Node) (list []ast.Node) {
	wanted, taken := map[string]bool{}, map[ast.Node]bool{}
	want := func(node ast.Node) {
		ast.Inspect(node, func(n ast.Node) bool {
			if id, is := n.(*ast.Ident); is {
				wanted[id.Name] = true
			}
			return true
		})
	}
	for _, part := range by {
		want(part)
	}
	sets := func(left ast.Expr) (sets bool) {
		if left != nil {
			ast.Inspect(left, func(n ast.Node) bool {
				id, is := n.(*ast.Ident)
				sets = sets || is && wanted[id.Name]
				return !sets
			})
		}
		return sets
	}
	for again := true; again; {
		again = false
		ast.Inspect(of.Body, func(n ast.Node) bool {
			set, node := false, n
			switch n := n.(type) {
			case *ast.FuncLit:
				return false // its text counts as it is
			case *ast.AssignStmt:
				set = slices.ContainsFunc(n.Lhs, sets)
			case *ast.IncDecStmt:
				set = sets(n.X)
			case *ast.ValueSpec:
				set = slices.ContainsFunc(n.Names, func(id *ast.Ident) bool { return wanted[id.Name] })
			case *ast.RangeStmt: // of which the body is other statements
				set, node = sets(n.Key) || sets(n.Value), n.X
			}
			if set && !taken[node] {
				taken[node], again = true, true
				list = append(list, node)
				want(node)
			}
			return true
		})
	}
	slices.SortFunc(list, func(a, b ast.Node) int { return int(a.Pos() - b.Pos()) })
	return list
}

// literals are the functions written within a declaration.
func literals(of ast.Node) (list []ast.Node) {
	ast.Inspect(of, func(n ast.Node) bool {
		if _, is := n.(*ast.FuncLit); is {
			list = append(list, n)
		}
		return len(list) == 0 || n != list[len(list)-1] // those within belong to it
	})
	return list
}
