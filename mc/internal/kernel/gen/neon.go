package main

import (
	"fmt"
	"strings"
)

// The NEON micro-kernels compute A·B for a tile of up to 4 rows and 12 columns, 24 in single
// precision, into contiguous storage; the Go code that calls them scales and stores. Go's assembler
// has the fused multiply-add of vectors for arm64, but not their product.
const neonColumns = 12

var neonRows = []int{4, 2, 1}

func neonDeclarations() string {
	var b strings.Builder
	b.WriteString(header + "package kernel\n\nimport \"unsafe\"\n")
	for _, rows := range neonRows {
		fmt.Fprintf(&b, "\n//go:noescape\nfunc tileNEON%d(k int, a unsafe.Pointer, rowA, colA int, b "+
			"unsafe.Pointer, rowB int, out *float64)\n", rows)
		fmt.Fprintf(&b, "\n//go:noescape\nfunc tile32NEON%d(k int, a unsafe.Pointer, rowA, colA int, b "+
			"unsafe.Pointer, rowB int, out *float32)\n", rows)
	}
	return b.String()
}

func neonAssembly() string {
	var b strings.Builder
	b.WriteString(header + "#include \"textflag.h\"\n")
	for i := range 2 * len(neonRows) {
		rows, name, float, lanes := neonRows[i/2], "tileNEON", "float64", "D2"
		if i%2 == 1 {
			name, float, lanes = "tile32NEON", "float32", "S4"
		}
		line := func(format string, args ...any) { fmt.Fprintf(&b, "\t"+format+"\n", args...) }
		const vectors = neonColumns / 2
		fmt.Fprintf(&b, "\n// func %s%d(k int, a unsafe.Pointer, rowA, colA int, b unsafe.Pointer, rowB int, "+
			"out *%s)\n", name, rows, float)
		fmt.Fprintf(&b, "TEXT ·%s%d(SB), NOSPLIT, $0-56\n", name, rows)
		line("MOVD k+0(FP), R0")
		line("MOVD a+8(FP), R1")
		line("MOVD rowA+16(FP), R2")
		line("MOVD colA+24(FP), R3")
		line("MOVD b+32(FP), R4")
		line("MOVD rowB+40(FP), R5")
		line("MOVD out+48(FP), R6")
		row := []string{"R1", "R7", "R8", "R9"}
		for i := 1; i < rows; i++ {
			line("ADD R2, %s, %s", row[i-1], row[i])
		}
		for i := range rows * vectors {
			line("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
		}
		line("CBZ R0, done")
		b.WriteString("\nloop:\n")
		line("ADD $64, R4, R10")
		line("VLD1 (R4), [V24.D2, V25.D2, V26.D2, V27.D2]")
		line("VLD1 (R10), [V28.D2, V29.D2]")
		for i := range rows {
			line("VLD1R (%s), [V%d.%s]", row[i], 30+i%2, lanes)
			for j := range vectors {
				line("VFMLA V%[1]d.%[4]s, V%[2]d.%[4]s, V%[3]d.%[4]s", 30+i%2, 24+j, i*vectors+j, lanes)
			}
			line("ADD R3, %s, %s", row[i], row[i])
		}
		line("ADD R5, R4, R4")
		line("SUBS $1, R0, R0")
		line("BNE loop")
		b.WriteString("\ndone:\n")
		for i := 0; i < rows*vectors; i += 2 {
			line("VST1.P [V%d.D2, V%d.D2], 32(R6)", i, i+1)
		}
		line("RET")
	}
	return b.String()
}
