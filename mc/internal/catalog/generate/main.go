// Command generate writes the catalogue's surveys into mc/doc.go and mc/README.md. It is run by
// go generate ./mc/internal/catalog.
package main

import (
	"log"
	"os"

	"projectpenalty/mc/internal/catalog"
)

func main() {
	for _, path := range []string{"../../doc.go", "../../README.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			log.Fatal(err)
		}
		survey, err := catalog.Survey(string(text))
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(survey), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
