package main

import (
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is one change of one function.
type mutant struct {
	id   string // file, function, before and after: without the line, so that it outlives changes elsewhere
	file string // from the root
	line int
	in   *ast.FuncDecl
	edit
}

func (m *mutant) String() string {
	return fmt.Sprintf("%s:%d%s", m.file, m.line, strings.TrimPrefix(m.id, m.file))
}

// edit puts text in the place of the bytes from start to end of a file.
type edit struct {
	start, end int
	text       string
}

// source is a file that was read and parsed.
type source struct {
	path    string // on this machine
	text    []byte
	file    *token.File
	syntax  *ast.File
	mutants []*mutant
}

// swaps are the operators that take each other's place.
var swaps = map[token.Token]token.Token{
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL,
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
	token.INC: token.DEC, token.DEC: token.INC,
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
	token.MUL_ASSIGN: token.QUO_ASSIGN, token.QUO_ASSIGN: token.MUL_ASSIGN,
}

// read parses a file and finds the mutants in its functions. Among them are some that do not
// compile. What stands outside functions, such as tables, is not mutated.
func read(root, name string, text []byte) (*source, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	file := set.File(syntax.Pos())
	s := &source{path: filepath.Join(root, name), text: text, file: file, syntax: syntax}
	for _, d := range syntax.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		add := func(from, to token.Pos, replacement string) {
			s.mutants = append(s.mutants, s.mutant(name, f, edit{s.file.Offset(from), s.file.Offset(to), replacement}))
		}
		swap := func(at token.Pos, op token.Token) {
			if other, ok := swaps[op]; ok {
				add(at, at+token.Pos(len(op.String())), other.String())
			}
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				swap(n.OpPos, n.Op)
			case *ast.IncDecStmt:
				swap(n.TokPos, n.Tok)
			case *ast.AssignStmt:
				swap(n.TokPos, n.Tok)
			case *ast.UnaryExpr:
				if n.Op == token.NOT || n.Op == token.SUB {
					add(n.OpPos, n.OpPos+1, "")
				}
			case *ast.BasicLit:
				if other, ok := map[string]string{"0": "1", "1": "0"}[n.Value]; ok {
					add(n.Pos(), n.End(), other)
				}
			case *ast.BlockStmt:
				for _, statement := range n.List {
					if deletable(statement) {
						add(statement.Pos(), statement.End(), "")
					}
				}
			}
			return true
		})
	}
	count := map[string]int{}
	for _, m := range s.mutants {
		if count[m.id]++; count[m.id] > 1 {
			m.id += fmt.Sprintf(" #%d", count[m.id])
		}
	}
	return s, nil
}

// deletable says whether a statement can be left out and the function still be meant to compile.
func deletable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			return true
		}
		name, ok := call.Fun.(*ast.Ident)
		return !ok || name.Name != "panic"
	}
	return false
}

func (s *source) mutant(name string, f *ast.FuncDecl, e edit) *mutant {
	line := s.file.Line(s.file.Pos(e.start))
	from := s.file.Offset(s.file.LineStart(line))
	to := from + len(s.text[from:])
	if last := s.file.Line(s.file.Pos(e.end)); last < s.file.LineCount() {
		to = s.file.Offset(s.file.LineStart(last + 1))
	}
	before := strings.Join(strings.Fields(string(s.text[from:to])), " ")
	after := strings.Join(strings.Fields(string(s.text[from:e.start])+e.text+string(s.text[e.end:to])), " ")
	if after == "" {
		after = "(nothing)"
	}
	return &mutant{
		id:   fmt.Sprintf("%s %s: %s → %s", name, f.Name.Name, before, after),
		file: name, line: line, in: f, edit: e,
	}
}

// shuffle sorts mutants by a digest of seed and id, so that a change of one function leaves the
// rest of a sample alone.
func shuffle(mutants []*mutant, seed int) {
	key := func(m *mutant) string {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", seed, m.id))
		return string(sum[:])
	}
	slices.SortFunc(mutants, func(a, b *mutant) int { return strings.Compare(key(a), key(b)) })
}

// labels returns the edits that rename a function's labels, which are unique in a function.
func (s *source) labels(f *ast.FuncDecl, suffix string) (edits []edit) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		var label *ast.Ident
		switch n := n.(type) {
		case *ast.LabeledStmt:
			label = n.Label
		case *ast.BranchStmt:
			label = n.Label
		}
		if label != nil {
			end := s.file.Offset(label.End())
			edits = append(edits, edit{end, end, suffix})
		}
		return true
	})
	return edits
}

// with returns the file in which every function begins with its mutants, each chosen by its number
// in numbers, and which defines what chooses if define is set. No line of the file moves.
func (s *source) with(numbers map[*mutant]int, define bool) []byte {
	var edits []edit
	for _, m := range s.mutants {
		k, ok := numbers[m]
		if !ok {
			continue
		}
		body := m.in.Body
		start, end := s.file.Offset(body.Lbrace)+1, s.file.Offset(body.Rbrace)
		mutated := apply(s.text, start, end, append(s.labels(m.in, fmt.Sprintf("_mutant%d", k)), m.edit))
		leave := ""
		if m.in.Type.Results == nil {
			leave = "return\n"
		}
		at := s.file.Position(body.Lbrace + 1)
		edits = append(edits, edit{start, start, fmt.Sprintf(" if mutantIs(%d) {/*line "+
			"mutant%d:1:1*/%s\n%s}\n/*line %s:%d:%d*/",
			k, k, mutated, leave, s.path, at.Line, at.Column)})
	}
	if define {
		name := s.file.Offset(s.syntax.Name.End())
		edits = append(edits,
			edit{name, name, `; import mutantos "os"; import mutantconv "strconv"; import mutantsync "sync"`},
			edit{len(s.text), len(s.text), chooser})
	}
	return apply(s.text, 0, len(s.text), edits)
}

// chooser is put into one file of a package. A run that records writes the numbers of the mutants
// that it reaches.
const chooser = `
var mutantActive, _ = mutantconv.Atoi(mutantos.Getenv("MUTANT"))
var mutantRecord = mutantos.Getenv("MUTANT_RECORD")
var mutantReached mutantsync.Map

func mutantIs(k int) bool {
	if mutantRecord != "" {
		mutantReach(k)
	}
	return k == mutantActive
}

//go:noinline
func mutantReach(k int) {
	if _, again := mutantReached.LoadOrStore(k, true); !again {
		f, err := mutantos.OpenFile(mutantRecord, mutantos.O_APPEND|mutantos.O_CREATE|mutantos.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		f.WriteString(mutantconv.Itoa(k) + "\n")
		f.Close()
	}
}
`

// apply returns the bytes from start to end after edits within them.
func apply(text []byte, start, end int, edits []edit) []byte {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return a.start - b.start })
	var out []byte
	at := start
	for _, e := range edits {
		if e.start < at {
			continue // of a label in a statement that is left out
		}
		out = append(append(out, text[at:e.start]...), e.text...)
		at = e.end
	}
	return append(out, text[at:end]...)
}
