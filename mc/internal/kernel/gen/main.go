// Command gen writes the assembly of package kernel: the matrix-product micro-kernels and the fused
// vector passes, one file for each instruction set, and their Go declarations. It is run by go
// generate in the kernel's folder.
package main

import (
	"log"
	"os"
)

func main() {
	for name, text := range files() {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// files returns what each generated file holds.
func files() map[string]string {
	return map[string]string{
		"gemm_amd64.s":    gemmAssembly(),
		"gemm_amd64.go":   gemmDeclarations(),
		"gemm_arm64.s":    neonAssembly(),
		"gemm_arm64.go":   neonDeclarations(),
		"vector_amd64.s":  vectorAssembly(),
		"vector_amd64.go": vectorDeclarations(),
		"vector_other.go": vectorPortable(),
	}
}
