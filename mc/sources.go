package mc

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"go/scanner"
	"go/token"
	"maps"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"projectpenalty/mc/internal/kernel"
)

// Version of the package. [Sources] tells changes between two versions.
const Version = "0.2.0"

// The sources are in every program that uses the package, so that its digest is right however the
// program was built: also from files that were edited a minute ago, and where no sources are.
//
//go:embed *.go network/*.go internal/*/*.go internal/*/*.s
var embedded embed.FS

// Sources returns the digest of the program's own sources of mc, of mc/network, and of the internal
// packages that these import: 12 hexadecimal digits of SHA-256. It is a part of the identity of a
// run, so that results of changed code are told from earlier ones.
//
// Tests, comments, formatting and the order of declarations do not count, nor does the name of a
// file. The first call takes some 10 ms.
func Sources() string { return sources().digest }

// SourceFiles returns the digest of each file that counts for [Sources], by its name within mc,
// such as "internal/kernel/gemm.go": two of these tell which files differ.
func SourceFiles() map[string]string { return maps.Clone(sources().files) }

// Processor names the architecture and the instruction set that this program computes with, such as
// "amd64 avx512". Where it is equal, traces are equal bit by bit.
func Processor() string { return runtime.GOARCH + " " + kernel.Instructions() }

type sourceDigests struct {
	digest string
	files  map[string]string
}

var sources = sync.OnceValue(func() sourceDigests {
	s := sourceDigests{files: map[string]string{}}
	var all []string
	for folders, i := []string{".", "network"}, 0; i < len(folders); i++ {
		files, err := embedded.ReadDir(folders[i])
		if err != nil {
			panic(err) // a folder that the package imports is embedded, as a test makes sure
		}
		for _, f := range files {
			name := path.Join(folders[i], f.Name())
			if f.IsDir() || strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := embedded.ReadFile(name)
			if err != nil {
				panic(err) // it was listed
			}
			var code []byte
			if path.Ext(name) == ".s" {
				code = assemblyCode(string(text))
			} else {
				var imports []string
				code, imports = goCode(text)
				for _, imported := range imports {
					if !slices.Contains(folders, imported) {
						folders = append(folders, imported)
					}
				}
			}
			sum := sha256.Sum256(code)
			s.files[name] = hex.EncodeToString(sum[:4])
			all = append(all, folders[i]+" "+hex.EncodeToString(sum[:]))
		}
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	s.digest = hex.EncodeToString(sum[:6])
	return s
})

// goCode returns the tokens of a file and its directives, such as a //go:build, with declarations
// sorted, since their order says nothing to a program, and the folders of the internal packages
// that it imports.
func goCode(text []byte) (code []byte, imports []string) {
	const home, internal = "projectpenalty/mc/", "internal/"
	var s scanner.Scanner
	var declarations []string
	depth := 0 // of brackets
	file := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(file, text, nil, scanner.ScanComments)
	for {
		_, t, literal := s.Scan()
		switch {
		case t == token.EOF:
			declarations = append(declarations, string(code))
			slices.Sort(declarations)
			return []byte(strings.Join(declarations, "\n")), imports
		case t == token.COMMENT && !strings.HasPrefix(literal, "//go:"):
			continue
		case t == token.SEMICOLON || literal == "": // also the end of a row that stands for a semicolon
			literal = t.String()
		case t == token.STRING:
			p, err := strconv.Unquote(literal)
			if folder, ok := strings.CutPrefix(p, home); err == nil && ok && strings.HasPrefix(folder, internal) {
				imports = append(imports, folder)
			}
		}
		code = append(append(code, literal...), 0)
		switch t {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		case token.SEMICOLON:
			if depth == 0 {
				declarations, code = append(declarations, string(code)), code[:0]
			}
		}
	}
}

// assemblyCode returns the words of each row of a file, without comments.
func assemblyCode(text string) (code []byte) {
	for row := range strings.Lines(text) {
		instruction, comment, _ := strings.Cut(row, "//")
		words := strings.Fields(instruction)
		if strings.HasPrefix(comment, "go:") { // such as //go:build
			words = append(words, comment)
		}
		for _, word := range words {
			code = append(append(code, word...), ' ')
		}
		if len(words) > 0 {
			code = append(code, '\n')
		}
	}
	return code
}
