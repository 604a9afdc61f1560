package data

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"strings"
	"sync"
)

//go:embed *.go
var embedded embed.FS

// Sources returns the digest of the program's own sources of this package: 12 hexadecimal digits of
// SHA-256. A source of problems that reads or divides data by it has it in its identity, as runs
// have [mc.Sources].
func Sources() string { return sources() }

var sources = sync.OnceValue(func() string {
	sum := sha256.New()
	err := fs.WalkDir(embedded, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := embedded.ReadFile(name)
		sum.Write(text)
		return err
	})
	if err != nil {
		panic(err) // what is embedded can be read
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
})
