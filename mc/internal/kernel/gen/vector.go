package main

import (
	"fmt"
	"math/bits"
	"strings"
)

// A pass is a vector kernel over blocks of 64 bytes: eight float64, or sixteen float32 where it is
// written for both. Element-wise work may be cut in registers of any width; sums are kept in the
// lanes of a block whatever the width, so that every set rounds alike.
type pass struct {
	name   string
	doc    string
	params []param
	body   func(w *writer)
	both   bool // also in single precision, by the same instructions on twice the lanes
}

type param struct {
	name string
	kind string // int, float64 or a pointer; float64 and ptr are of the pass's precision
}

func (p param) goType(float string) string {
	switch p.kind {
	case "float64":
		return float
	case "ptr":
		return "*" + float
	case "i32":
		return "*int32"
	case "f32":
		return "*float32"
	}
	return p.kind
}

// A writer writes one pass for one instruction set.
type writer struct {
	isa
	b      *strings.Builder
	offset map[string]int
}

func (w *writer) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if w.size == 4 { // of the double-precision instruction
		text = single.Replace(text)
	}
	w.b.WriteString("\t" + text + "\n")
}
func (w *writer) label(name string) { w.b.WriteString("\n" + name + ":\n") }

// r names a register of the set.
func (w *writer) r(i int) string { return fmt.Sprintf("%s%d", w.reg, i) }

// parts is how many registers make a block.
func (w *writer) parts() int { return 64 / w.bytes() }

// log2 is the binary logarithm of a power of two.
func log2(n int) int { return bits.Len(uint(n)) - 1 }

// block is the elements of one.
func (w *writer) block() int { return 64 / w.size }

// load moves a parameter to a general register, spread copies one to all lanes.
func (w *writer) load(name, register string) {
	w.line("MOVQ %s+%d(FP), %s", name, w.offset[name], register)
}
func (w *writer) spread(name string, i int) {
	w.line("VBROADCASTSD %s+%d(FP), %s", name, w.offset[name], w.r(i))
}

func (w *writer) zero(i int) {
	if w.reg == "Z" {
		w.line("VPXORQ %s, %s, %s", w.r(i), w.r(i), w.r(i))
	} else {
		w.line("VXORPD %s, %s, %s", w.r(i), w.r(i), w.r(i))
	}
}

// op writes an instruction on registers.
func (w *writer) op(name string, regs ...int) {
	var names []string
	for _, i := range regs {
		names = append(names, w.r(i))
	}
	w.line("%s %s", name, strings.Join(names, ", "))
}

// each writes a loop over the n elements (a multiple of a block) in steps of one register; AX is
// the offset in bytes.
func (w *writer) each(body func()) {
	w.load("n", "CX")
	w.line("XORQ AX, AX")
	w.line("SHRQ $%d, CX", log2(w.lanes))
	w.line("JZ done")
	w.label("loop")
	body()
	w.line("ADDQ $%d, AX", w.bytes())
	w.line("DECQ CX")
	w.line("JNZ loop")
	w.label("done")
}

// eachEight is each in steps of eight lanes: body is written once for each register that makes
// them.
func (w *writer) eachEight(body func(part int, at string)) {
	w.load("n", "CX")
	w.line("XORQ AX, AX")
	w.line("SHRQ $3, CX")
	w.line("JZ done")
	w.label("loop")
	for part := range w.parts() {
		body(part, fmt.Sprintf("%d", part*w.bytes()))
	}
	w.line("ADDQ $64, AX")
	w.line("DECQ CX")
	w.line("JNZ loop")
	w.label("done")
}

func (w *writer) end() {
	w.line("VZEROUPPER")
	w.line("RET")
}

// fold adds up the eight lanes in register i (and i+1 with four lanes) into its lowest: (0+4, 1+5,
// 2+6, 3+7), then halves of that again. Register temp is used up.
func (w *writer) fold(i, temp int) {
	if w.reg == "Z" {
		w.line("VEXTRACTF64X4 $1, Z%d, Y%d", i, temp)
		w.line("VADDPD Y%d, Y%d, Y%d", temp, i, i)
	} else {
		w.line("VADDPD Y%d, Y%d, Y%d", i+1, i, i)
	}
	w.line("VEXTRACTF128 $1, Y%d, X%d", i, temp)
	w.line("VADDPD X%d, X%d, X%d", temp, i, i)
	w.line("VPERMILPD $1, X%d, X%d", i, temp)
	w.line("VADDSD X%d, X%d, X%d", temp, i, i)
}

// fourDots leaves in the lowest register the products of the vector at SI with the rows at DI, R8,
// R9 and R10, in that order, by four times p registers: the parts of eight lanes. The labels that
// it makes end in name.
func (w *writer) fourDots(p int, name string) {
	for i := range 4 * p {
		w.zero(i)
	}
	w.load("n", "CX")
	w.line("XORQ AX, AX")
	w.line("SHRQ $%d, CX", log2(w.block()))
	w.line("JZ sums%s", name)
	w.label("loop" + name)
	for part := range p {
		w.line("VMOVUPD %d(SI)(AX*1), %s", part*w.bytes(), w.r(4*p))
		for i, row := range []string{"DI", "R8", "R9", "R10"} {
			w.line("VFMADD231PD %d(%s)(AX*1), %s, %s", part*w.bytes(), row, w.r(4*p), w.r(i*p+part))
		}
	}
	w.line("ADDQ $64, AX")
	w.line("DECQ CX")
	w.line("JNZ loop%s", name)
	w.label("sums" + name)
	// As fold does it, for four at a time.
	t, u := 4*p, 4*p+1
	for i := range 4 {
		if w.reg == "Z" {
			w.line("VEXTRACTF64X4 $1, Z%d, Y%d", i, t)
			w.line("VADDPD Y%d, Y%d, Y%d", t, i, i)
		} else {
			w.line("VADDPD Y%d, Y%d, Y%d", i*p+1, i*p, i*p)
		}
	}
	if w.size == 4 {
		w.foldSingles(p, t)
		return
	}
	for i := range 2 {
		w.line("VPERM2F128 $0x20, Y%d, Y%d, Y%d", (i+2)*p, i*p, t)
		w.line("VPERM2F128 $0x31, Y%d, Y%d, Y%d", (i+2)*p, i*p, u)
		w.line("VADDPD Y%d, Y%d, Y%d", u, t, i*p)
	}
	w.line("VUNPCKLPD Y%d, Y0, Y%d", p, t)
	w.line("VUNPCKHPD Y%d, Y0, Y%d", p, u)
	w.line("VADDPD Y%d, Y%d, Y0", u, t)
}

// foldSingles goes on with four rows of eight singles, p registers apart: halves of them, then
// pairs, four rows at a time.
func (w *writer) foldSingles(p, t int) {
	for i := range 4 {
		w.line("VEXTRACTF128 $1, Y%d, X%d", i*p, t)
		w.line("VADDPD X%d, X%d, X%d", t, i*p, i*p)
	}
	for _, i := range []int{0, 2 * p} {
		w.line("VUNPCKLPS X%d, X%d, X%d", i+p, i, t)
		w.line("VUNPCKHPS X%d, X%d, X%d", i+p, i, t+1)
		w.line("VADDPD X%d, X%d, X%d", t+1, t, i)
	}
	w.line("VUNPCKLPD X%d, X0, X%d", 2*p, t)
	w.line("VUNPCKHPD X%d, X0, X%d", 2*p, t+1)
	w.line("VADDPD X%d, X%d, X0", t+1, t)
}

// eachLine writes a loop over the lines, of which body does one: the entries from R12 on, R13 of
// them and at least one. R14 and R15 are the loop's; after is written at the end of each line.
func (w *writer) eachLine(body, after func()) {
	w.load("lines", "R15")
	w.load("begin", "R14")
	w.line("TESTQ R15, R15")
	w.line("JZ done")
	w.label("line")
	w.line("MOVLQSX (R14), R12")
	w.load("end", "R13")
	w.line("MOVLQSX (R13), R13")
	w.line("ADDQ $4, R14")
	w.line("ADDQ $4, end+%d(FP)", w.offset["end"])
	w.line("SUBQ R12, R13")
	w.line("JLE nextLine")
	body()
	w.label("nextLine")
	after()
	w.line("DECQ R15")
	w.line("JNZ line")
	w.label("done")
	w.end()
}

// transposition turns that many rows, four or eight, into columns; single: of float32.
func transposition(rows int, single bool) pass {
	name, size := fmt.Sprintf("transpose%d", rows), 8
	of := ""
	if single {
		name, of, size = name+"Single", " of singles", 4
	}
	return pass{name, fmt.Sprintf("%s stores the columns of %d rows%s, step bytes apart, four columns at a "+
		"time and toStep bytes apart.", name, rows, of),
		[]param{{"groups", "int"}, {"from", "unsafe.Pointer"}, {"step", "int"}, {"to", "unsafe.Pointer"},
			{"toStep", "int"}},
		func(w *writer) {
			w.load("groups", "CX")
			w.load("from", "SI")
			w.load("step", "R8")
			w.load("to", "DI")
			w.load("toStep", "R11")
			w.line("LEAQ (R8)(R8*2), R9")
			w.line("LEAQ (R11)(R11*2), R12")
			w.line("TESTQ CX, CX")
			w.line("JZ done")
			w.label("loop")
			w.line("LEAQ (SI)(R8*4), R10")
			var columns [4][]string // registers
			if single {
				columns = w.turnSingles(rows)
			} else {
				for i := 0; i < rows; i += 4 {
					for column, register := range w.turnFour([]string{"SI", "R10"}[i/4], 2+i) {
						columns[column] = append(columns[column], register)
					}
				}
			}
			for column, to := range []string{"(DI)", "(DI)(R11*1)", "(DI)(R11*2)", "(DI)(R12*1)"} {
				for i, register := range columns[column] {
					w.line("VMOVUPD %s, %d%s", register, 32*i, to)
				}
			}
			w.line("ADDQ $%d, SI", 4*size)
			w.line("LEAQ (DI)(R11*4), DI")
			w.line("DECQ CX")
			w.line("JNZ loop")
			w.label("done")
			w.end()
		}, false}
}

// turnFour reads four numbers of four rows and returns the registers, from the one given on, that
// hold their columns. The halves of a row go where one unpacking makes a column of two of them.
func (w *writer) turnFour(base string, first int) []string {
	var columns []string
	for half := range 2 {
		w.line("VMOVUPD %d(%s), X0", 16*half, base)
		w.line("VINSERTF128 $1, %d(%s)(R8*2), Y0, Y0", 16*half, base)
		w.line("VMOVUPD %d(%s)(R8*1), X1", 16*half, base)
		w.line("VINSERTF128 $1, %d(%s)(R9*1), Y1, Y1", 16*half, base)
		for i, unpack := range []string{"VUNPCKLPD", "VUNPCKHPD"} {
			columns = append(columns, fmt.Sprintf("Y%d", first+2*half+i))
			w.line("%s Y1, Y0, %s", unpack, columns[len(columns)-1])
		}
	}
	return columns
}

// turnSingles is turnFour for singles. Rows five to eight go into the upper halves of the
// registers.
func (w *writer) turnSingles(rows int) (columns [4][]string) {
	register := "X"
	for i, at := range []string{"(%s)", "(%s)(R8*1)", "(%s)(R8*2)", "(%s)(R9*1)"} {
		w.line("VMOVUPS "+at+", X%d", "SI", i)
		if rows == 8 {
			register = "Y"
			w.line("VINSERTF128 $1, "+at+", Y%d, Y%d", "R10", i, i)
		}
	}
	for i, unpack := range []string{"VUNPCKLPS", "VUNPCKHPS"} {
		w.line("%s %s1, %s0, %s%d", unpack, register, register, register, 4+i)
		w.line("%s %s3, %s2, %s%d", unpack, register, register, register, 6+i)
	}
	for column := range 4 {
		columns[column] = []string{fmt.Sprintf("%s%d", register, 8+column)}
		w.line("%s %s%d, %s%d, %s", []string{"VUNPCKLPD", "VUNPCKHPD"}[column%2], register, 6+column/2, register,
			4+column/2, columns[column][0])
	}
	return columns
}

// dot is x·y, summed up in double precision; single: of float32.
func dot(single bool) pass {
	name, of, kind, bytes := "dotBlocks", "", "ptr", 64
	if single {
		name, of, kind, bytes = "dotSingles", " of singles, in blocks of eight,", "f32", 32
	}
	return pass{name: name, doc: name + " stores x·y" + of + " in *sum.",
		params: []param{{"n", "int"}, {"x", kind}, {"y", kind}, {"sum", "ptr"}},
		body: func(w *writer) {
			// Four sums of eight lanes hide the latency of the additions; the blocks of eight left
			// over go to the first.
			w.load("n", "CX")
			w.load("x", "SI")
			w.load("y", "DI")
			p := w.parts()
			for i := range 4 * p {
				w.zero(i)
			}
			block := func(sum, at int) {
				for part := range p {
					x, from := w.r(4*p+part), at+part*bytes/p
					if single {
						w.line("VCVTPS2PD %d(SI)(AX*1), %s", from, x)
						w.line("VCVTPS2PD %d(DI)(AX*1), %s", from, w.r(4*p+p))
						w.line("VFMADD231PD %s, %s, %s", w.r(4*p+p), x, w.r(sum*p+part))
						continue
					}
					w.line("VMOVUPD %d(SI)(AX*1), %s", from, x)
					w.line("VFMADD231PD %d(DI)(AX*1), %s, %s", from, x, w.r(sum*p+part))
				}
			}
			w.line("XORQ AX, AX")
			w.line("MOVQ CX, BX")
			w.line("SHRQ $5, BX")
			w.line("JZ rest")
			w.label("loop")
			for k := range 4 {
				block(k, bytes*k)
			}
			w.line("ADDQ $%d, AX", 4*bytes)
			w.line("DECQ BX")
			w.line("JNZ loop")
			w.label("rest")
			w.line("SHRQ $3, CX")
			w.line("ANDQ $3, CX")
			w.line("JZ done")
			w.label("one")
			block(0, 0)
			w.line("ADDQ $%d, AX", bytes)
			w.line("DECQ CX")
			w.line("JNZ one")
			w.label("done")
			for part := range p {
				w.op("VADDPD", p+part, part, part)
				w.op("VADDPD", 3*p+part, 2*p+part, 2*p+part)
				w.op("VADDPD", 2*p+part, part, part)
			}
			w.fold(0, 4*p)
			w.load("sum", "DI")
			w.line("VMOVSD X0, (DI)")
			w.end()
		}}
}

var passes = []pass{
	{"packRows", "packRows copies count rows, step bytes apart, of that many panels of bytes each, a multiple " +
		"of 16: panels side by side in a row\n// go to places panelStep apart, and the rows of a panel one " +
		"after the other.",
		[]param{{"count", "int"}, {"to", "unsafe.Pointer"}, {"panelStep", "int"}, {"from", "unsafe.Pointer"},
			{"step", "int"}, {"bytes", "int"}, {"panels", "int"}},
		func(w *writer) {
			w.load("count", "CX")
			w.load("to", "DI")
			w.load("panelStep", "R8")
			w.load("from", "SI")
			w.load("step", "R9")
			w.load("bytes", "R10")
			w.load("panels", "R11")
			w.line("MOVQ R10, R13")
			w.line("ANDQ $-32, R13")
			w.label("row")
			w.line("MOVQ DI, DX")
			w.line("MOVQ SI, BX")
			w.line("MOVQ R11, R12")
			w.label("panel")
			w.line("XORQ AX, AX")
			w.line("CMPQ AX, R13")
			w.line("JGE tail")
			w.label("wide")
			w.line("VMOVUPD (BX)(AX*1), Y0")
			w.line("VMOVUPD Y0, (DX)(AX*1)")
			w.line("ADDQ $32, AX")
			w.line("CMPQ AX, R13")
			w.line("JLT wide")
			w.label("tail")
			w.line("CMPQ AX, R10")
			w.line("JGE next")
			w.line("VMOVUPD (BX)(AX*1), X0")
			w.line("VMOVUPD X0, (DX)(AX*1)")
			w.label("next")
			w.line("ADDQ R10, BX")
			w.line("ADDQ R8, DX")
			w.line("DECQ R12")
			w.line("JNZ panel")
			w.line("ADDQ R9, SI")
			w.line("ADDQ R10, DI")
			w.line("DECQ CX")
			w.line("JNZ row")
			w.end()
		}, false},
	transposition(4, false), transposition(8, false), transposition(4, true), transposition(8, true),
	{"narrow", "narrow stores a·x in single precision.",
		[]param{{"n", "int"}, {"a", "float64"}, {"x", "ptr"}, {"y", "f32"}},
		func(w *writer) {
			w.load("x", "SI")
			w.load("y", "DI")
			w.spread("a", 0)
			convert, half := "VCVTPD2PS", "Y1"
			if w.reg == "Y" {
				convert, half = "VCVTPD2PSY", "X1"
			}
			w.each(func() {
				w.line("VMULPD (SI)(AX*1), %s, %s", w.r(0), w.r(1))
				w.line("%s %s, %s", convert, w.r(1), half)
				w.line("VMOVUPS %s, (DI)", half)
				w.line("ADDQ $%d, DI", w.bytes()/2)
			})
			w.end()
		}, false},
	{"widen", "widen stores x in double precision.",
		[]param{{"n", "int"}, {"x", "f32"}, {"y", "ptr"}},
		func(w *writer) {
			w.load("x", "SI")
			w.load("y", "DI")
			w.each(func() {
				w.line("VCVTPS2PD (SI), %s", w.r(0))
				w.line("VMOVUPD %s, (DI)(AX*1)", w.r(0))
				w.line("ADDQ $%d, SI", w.bytes()/2)
			})
			w.end()
		}, false},
	{"rotateRows", "rotateRows computes (x, y) = (c·x + s·y, c·y - s·x).",
		[]param{{"n", "int"}, {"x", "ptr"}, {"y", "ptr"}, {"c", "float64"}, {"s", "float64"}},
		func(w *writer) {
			w.load("x", "SI")
			w.load("y", "DI")
			w.spread("c", 0)
			w.spread("s", 1)
			w.each(func() {
				w.line("VMOVUPD (SI)(AX*1), %s", w.r(2))
				w.line("VMOVUPD (DI)(AX*1), %s", w.r(3))
				w.op("VMULPD", 1, 3, 4)
				w.op("VFMADD231PD", 2, 0, 4)
				w.op("VMULPD", 1, 2, 5)
				w.op("VFMSUB231PD", 3, 0, 5)
				w.line("VMOVUPD %s, (SI)(AX*1)", w.r(4))
				w.line("VMOVUPD %s, (DI)(AX*1)", w.r(5))
			})
			w.end()
		}, false},
	{"axpyBlocks", "axpyBlocks computes y += a·x.",
		[]param{{"n", "int"}, {"a", "float64"}, {"x", "ptr"}, {"y", "ptr"}},
		func(w *writer) {
			w.load("x", "SI")
			w.load("y", "DI")
			w.spread("a", 0)
			w.each(func() {
				w.line("VMOVUPD (DI)(AX*1), %s", w.r(1))
				w.line("VFMADD231PD (SI)(AX*1), %s, %s", w.r(0), w.r(1))
				w.line("VMOVUPD %s, (DI)(AX*1)", w.r(1))
			})
			w.end()
		}, true},
	{"scaleBlocks", "scaleBlocks computes y = a·x.",
		[]param{{"n", "int"}, {"a", "float64"}, {"x", "ptr"}, {"y", "ptr"}},
		func(w *writer) {
			w.load("x", "SI")
			w.load("y", "DI")
			w.spread("a", 0)
			w.each(func() {
				w.line("VMULPD (SI)(AX*1), %s, %s", w.r(0), w.r(1))
				w.line("VMOVUPD %s, (DI)(AX*1)", w.r(1))
			})
			w.end()
		}, true},
	dot(false), dot(true),
	{"adamBlocks", "adamBlocks takes one step of Adam on blocks of eight parameters.",
		[]param{{"n", "int"}, {"p", "ptr"}, {"gr", "ptr"}, {"m", "ptr"}, {"v", "ptr"}, {"b1", "float64"},
			{"o1", "float64"}, {"b2", "float64"}, {"o2", "float64"}, {"rate", "float64"}, {"c2", "float64"},
			{"eps", "float64"}},
		func(w *writer) {
			w.load("p", "DI")
			w.load("gr", "R8")
			w.load("m", "SI")
			w.load("v", "DX")
			for i, name := range []string{"b1", "o1", "b2", "o2", "rate", "c2", "eps"} {
				w.spread(name, 6+i)
			}
			w.each(func() {
				w.line("VMOVUPD (R8)(AX*1), %s", w.r(0))
				w.op("VMULPD", 0, 7, 1)
				w.line("VMOVUPD (SI)(AX*1), %s", w.r(2))
				w.op("VFMADD231PD", 2, 6, 1)
				w.line("VMOVUPD %s, (SI)(AX*1)", w.r(1))
				w.op("VMULPD", 0, 0, 3)
				w.op("VMULPD", 3, 9, 3)
				w.line("VMOVUPD (DX)(AX*1), %s", w.r(4))
				w.op("VFMADD231PD", 4, 8, 3)
				w.line("VMOVUPD %s, (DX)(AX*1)", w.r(3))
				w.op("VMULPD", 3, 11, 3)
				w.op("VSQRTPD", 3, 3)
				w.op("VADDPD", 3, 12, 3)
				w.op("VMULPD", 1, 10, 1)
				w.op("VDIVPD", 3, 1, 1)
				w.line("VMOVUPD (DI)(AX*1), %s", w.r(5))
				w.op("VSUBPD", 1, 5, 5)
				w.line("VMOVUPD %s, (DI)(AX*1)", w.r(5))
			})
			w.end()
		}, true},
	{"addOuter", "addOuter computes a += p·y for four rows a at a time; p holds a number for each row, y one " +
		"for each column.",
		[]param{{"n", "int"}, {"groups", "int"}, {"a", "ptr"}, {"stride", "int"}, {"p", "ptr"}, {"y", "ptr"}},
		func(w *writer) {
			w.load("groups", "R12")
			w.load("a", "DI")
			w.load("stride", "R11")
			w.load("p", "R8")
			w.load("y", "SI")
			w.label("group")
			w.line("LEAQ (DI)(R11*1), R9")
			w.line("LEAQ (DI)(R11*2), R10")
			w.line("LEAQ (R9)(R11*2), R13")
			for i := range 4 {
				w.line("VBROADCASTSD %d(R8), %s", 8*i, w.r(i))
			}
			w.load("n", "CX")
			w.line("XORQ AX, AX")
			w.line("SHRQ $%d, CX", log2(w.lanes))
			w.line("JZ next")
			w.label("loop")
			w.line("VMOVUPD (SI)(AX*1), %s", w.r(4))
			for i, row := range []string{"DI", "R9", "R10", "R13"} {
				w.line("VMOVUPD (%s)(AX*1), %s", row, w.r(5+i))
				w.op("VFMADD231PD", 4, i, 5+i)
				w.line("VMOVUPD %s, (%s)(AX*1)", w.r(5+i), row)
			}
			w.line("ADDQ $%d, AX", w.bytes())
			w.line("DECQ CX")
			w.line("JNZ loop")
			w.label("next")
			w.line("LEAQ (DI)(R11*4), DI")
			w.line("ADDQ $32, R8")
			w.line("DECQ R12")
			w.line("JNZ group")
			w.end()
		}, false},
	{"lineDots", "lineDots adds a·x[idx], a the line's row, to out for entries begin … end of each of some lines.",
		[]param{{"n", "int"}, {"lines", "int"}, {"begin", "i32"}, {"end", "i32"}, {"a", "ptr"},
			{"aStride", "int"}, {"idx", "i32"}, {"x", "ptr"}, {"stride", "int"}, {"out", "ptr"}},
		func(w *writer) {
			p := w.parts()
			rows := []string{"DI", "R8", "R9", "R10"}
			four := map[int]string{8: "Y", 4: "X"}[w.size] // registers of four numbers
			place := func(row string) {
				w.line("IMULQ R11, %s", row)
				w.line("ADDQ x+%d(FP), %s", w.offset["x"], row)
			}
			w.load("a", "SI")
			w.load("stride", "R11")
			w.eachLine(func() {
				w.load("idx", "BX")
				w.line("LEAQ (BX)(R12*4), BX")
				w.load("out", "DX")
				w.line("LEAQ (DX)(R12*%d), DX", w.size)
				w.line("SUBQ $4, R13")
				w.line("JLT rest")
				w.label("group")
				for i, row := range rows {
					w.line("MOVLQSX %d(BX), %s", 4*i, row)
					place(row)
				}
				w.fourDots(p, "Group")
				w.line("VADDPD (DX), %[1]s0, %[1]s0", four)
				w.line("VMOVUPD %s0, (DX)", four)
				w.line("ADDQ $16, BX")
				w.line("ADDQ $%d, DX", 4*w.size)
				w.line("SUBQ $4, R13")
				w.line("JGE group")
				// Up to three more, the last of them also in the place of those that there are not.
				w.label("rest")
				w.line("ADDQ $4, R13")
				w.line("JZ nextLine")
				w.line("LEAQ -1(R13), CX")
				for i, row := range rows {
					w.line("MOVQ $%d, AX", i)
					w.line("CMPQ AX, CX")
					w.line("CMOVQGT CX, AX")
					w.line("MOVLQSX (BX)(AX*4), %s", row)
					place(row)
				}
				w.fourDots(p, "Rest")
				w.line("LEAQ lanes<>+32(SB), AX")
				w.line("SHLQ $%d, R13", log2(w.size))
				w.line("SUBQ R13, AX")
				w.line("VMOVUPD (AX), %s1", four)
				w.line("VMASKMOVPD (DX), %[1]s1, %[1]s2", four)
				w.line("VADDPD %[1]s2, %[1]s0, %[1]s0", four)
				w.line("VMASKMOVPD %[1]s0, %[1]s1, (DX)", four)
			}, func() { w.line("ADDQ aStride+%d(FP), SI", w.offset["aStride"]) })
		}, true},
	{"lineSums", "lineSums adds Σ val·x[idx] over entries begin … end of each of some lines to the line's row of out.",
		[]param{{"n", "int"}, {"lines", "int"}, {"begin", "i32"}, {"end", "i32"}, {"out", "ptr"},
			{"outStride", "int"}, {"idx", "i32"}, {"val", "ptr"}, {"x", "ptr"}, {"stride", "int"}},
		func(w *writer) {
			w.load("stride", "R9")
			w.eachLine(func() {
				w.load("n", "BX")
				w.load("x", "R8")
				w.load("out", "DI")
				w.load("idx", "R10")
				w.line("LEAQ (R10)(R12*4), R10")
				w.load("val", "R11")
				w.line("LEAQ (R11)(R12*%d), R11", w.size)
				// Rows of 24 are read in one go by either set: a factor of rank 20 has them.
				for _, r := range map[int][]int{64: {12, 8, 6, 4, 3, 2, 1}, 32: {12, 8, 6, 4, 2}}[w.bytes()] {
					w.label(fmt.Sprintf("chunk%d", r))
					w.line("CMPQ BX, $%d", r*w.lanes)
					w.line("JLT next%d", r)
					for i := range r {
						w.line("VMOVUPD %d(DI), %s", i*w.bytes(), w.r(i))
					}
					w.line("MOVQ R10, SI")
					w.line("MOVQ R11, DX")
					w.line("MOVQ R13, CX")
					w.label(fmt.Sprintf("loop%d", r))
					w.line("MOVLQSX (SI), AX")
					w.line("IMULQ R9, AX")
					w.line("VBROADCASTSD (DX), %s", w.r(r))
					for i := range r {
						w.line("VFMADD231PD %d(R8)(AX*1), %s, %s", i*w.bytes(), w.r(r), w.r(i))
					}
					w.line("ADDQ $4, SI")
					w.line("ADDQ $%d, DX", w.size)
					w.line("DECQ CX")
					w.line("JNZ loop%d", r)
					for i := range r {
						w.line("VMOVUPD %s, %d(DI)", w.r(i), i*w.bytes())
					}
					w.line("ADDQ $%d, R8", r*w.bytes())
					w.line("ADDQ $%d, DI", r*w.bytes())
					w.line("SUBQ $%d, BX", r*w.lanes)
					w.line("JMP chunk%d", r)
					w.label(fmt.Sprintf("next%d", r))
				}
			}, func() {
				w.load("outStride", "AX")
				w.line("ADDQ AX, out+%d(FP)", w.offset["out"])
			})
		}, true},
	{"updateRows", "updateRows computes, for four rows a at a time, a -= p·y0 + q·v0 and then y += u·a, the " +
		"pass over the trailing matrix of one\n// step of bidiagonalisation: p, q and u hold a number for each " +
		"row, y0, v0 and y one for each column.",
		[]param{{"n", "int"}, {"groups", "int"}, {"a", "ptr"}, {"stride", "int"}, {"p", "ptr"}, {"q", "ptr"},
			{"u", "ptr"}, {"y0", "ptr"}, {"v0", "ptr"}, {"y", "ptr"}},
		func(w *writer) {
			w.load("groups", "R12")
			w.load("a", "DI")
			w.load("stride", "R11")
			w.load("p", "R8")
			w.load("q", "R9")
			w.load("u", "R10")
			w.load("y0", "SI")
			w.load("v0", "DX")
			w.load("y", "R13")
			w.label("group")
			w.line("LEAQ (DI)(R11*1), BX")
			w.line("LEAQ (DI)(R11*2), R15")
			for i := range 4 {
				w.line("VBROADCASTSD %d(R8), %s", 8*i, w.r(4+i))
				w.line("VBROADCASTSD %d(R9), %s", 8*i, w.r(8+i))
				w.line("VBROADCASTSD %d(R10), %s", 8*i, w.r(12+i))
			}
			w.load("n", "CX")
			w.line("XORQ AX, AX")
			w.line("SHRQ $%d, CX", log2(w.lanes))
			w.line("JZ next")
			w.label("loop")
			w.line("VMOVUPD (SI)(AX*1), %s", w.r(1))
			w.line("VMOVUPD (DX)(AX*1), %s", w.r(2))
			w.line("VMOVUPD (R13)(AX*1), %s", w.r(3))
			rows := []string{"(DI)(AX*1)", "(BX)(AX*1)", "(R15)(AX*1)", "(BX)(AX*1)"}
			for i, at := range rows {
				if i == 3 {
					w.line("LEAQ (BX)(R11*2), BX")
				}
				w.line("VMOVUPD %s, %s", at, w.r(0))
				w.op("VFNMADD231PD", 4+i, 1, 0)
				w.op("VFNMADD231PD", 8+i, 2, 0)
				w.line("VMOVUPD %s, %s", w.r(0), at)
				w.op("VFMADD231PD", 12+i, 0, 3)
				if i == 3 {
					w.line("LEAQ (DI)(R11*1), BX")
				}
			}
			w.line("VMOVUPD %s, (R13)(AX*1)", w.r(3))
			w.line("ADDQ $%d, AX", w.bytes())
			w.line("DECQ CX")
			w.line("JNZ loop")
			w.label("next")
			w.line("LEAQ (DI)(R11*4), DI")
			w.line("ADDQ $32, R8")
			w.line("ADDQ $32, R9")
			w.line("ADDQ $32, R10")
			w.line("DECQ R12")
			w.line("JNZ group")
			w.end()
		}, false},
	{"rowDots", "rowDots stores a·v for four rows a at a time in x.",
		[]param{{"n", "int"}, {"groups", "int"}, {"a", "ptr"}, {"stride", "int"}, {"v", "ptr"}, {"x", "ptr"}},
		func(w *writer) {
			p := w.parts()
			w.load("groups", "R12")
			w.load("a", "DI")
			w.load("stride", "R11")
			w.load("v", "SI")
			w.load("x", "DX")
			w.label("group")
			w.line("LEAQ (DI)(R11*1), R8")
			w.line("LEAQ (DI)(R11*2), R9")
			w.line("LEAQ (R8)(R11*2), R10")
			w.fourDots(p, "")
			w.line("VMOVUPD Y0, (DX)")
			w.line("ADDQ $32, DX")
			w.line("LEAQ (DI)(R11*4), DI")
			w.line("DECQ R12")
			w.line("JNZ group")
			w.end()
		}, false},
	{"secularSums", "secularSums stores Σ z·t and Σ t² in sums, t = z/((d - origin - tau)·(d + origin + tau)).",
		[]param{{"n", "int"}, {"d", "ptr"}, {"z", "ptr"}, {"origin", "float64"}, {"tau", "float64"}, {"sums", "ptr"}},
		func(w *writer) {
			p := w.parts()
			w.load("d", "SI")
			w.load("z", "DI")
			for i := range 2 * p {
				w.zero(i)
			}
			o, tau, x, y, z := 2*p, 2*p+1, 2*p+2, 2*p+3, 2*p+4
			w.spread("origin", o)
			w.spread("tau", tau)
			w.eachEight(func(part int, at string) {
				w.line("VMOVUPD %s(SI)(AX*1), %s", at, w.r(x))
				w.line("VMOVUPD %s(DI)(AX*1), %s", at, w.r(z))
				w.op("VADDPD", o, x, y)
				w.op("VSUBPD", o, x, x)
				w.op("VADDPD", tau, y, y)
				w.op("VSUBPD", tau, x, x)
				w.op("VMULPD", y, x, x)
				w.op("VDIVPD", x, z, x)
				w.op("VFMADD231PD", z, x, part)
				w.op("VFMADD231PD", x, x, p+part)
			})
			w.fold(0, x)
			w.fold(p, x)
			w.load("sums", "DI")
			w.line("VMOVSD X0, (DI)")
			w.line("VMOVSD X%d, 8(DI)", p)
			w.end()
		}, false},
	{"loewner", "loewner multiplies z by (d - origin - tau)·(d + origin + tau) / ((pole - d)·(pole + d)).",
		[]param{{"n", "int"}, {"d", "ptr"}, {"z", "ptr"}, {"origin", "float64"}, {"tau", "float64"},
			{"pole", "float64"}},
		func(w *writer) {
			w.load("d", "SI")
			w.load("z", "DI")
			w.spread("origin", 0)
			w.spread("tau", 1)
			w.spread("pole", 2)
			w.each(func() {
				w.line("VMOVUPD (SI)(AX*1), %s", w.r(3))
				w.op("VADDPD", 0, 3, 4)
				w.op("VSUBPD", 0, 3, 5)
				w.op("VADDPD", 1, 4, 4)
				w.op("VSUBPD", 1, 5, 5)
				w.op("VMULPD", 4, 5, 5)
				w.op("VSUBPD", 3, 2, 6)
				w.op("VADDPD", 3, 2, 7)
				w.op("VMULPD", 7, 6, 6)
				w.op("VDIVPD", 6, 5, 5)
				w.line("VMULPD (DI)(AX*1), %s, %s", w.r(5), w.r(5))
				w.line("VMOVUPD %s, (DI)(AX*1)", w.r(5))
			})
			w.end()
		}, false},
	{"secularVectors", "secularVectors computes v = z/((d - origin - tau)·(d + origin + tau)) and u = d·v, and " +
		"stores Σ v² and Σ u² in sums.",
		[]param{{"n", "int"}, {"d", "ptr"}, {"z", "ptr"}, {"origin", "float64"}, {"tau", "float64"}, {"v", "ptr"},
			{"u", "ptr"}, {"sums", "ptr"}},
		func(w *writer) {
			p := w.parts()
			w.load("d", "SI")
			w.load("z", "DI")
			w.load("v", "R8")
			w.load("u", "R9")
			for i := range 2 * p {
				w.zero(i)
			}
			o, tau, x, y, d := 2*p, 2*p+1, 2*p+2, 2*p+3, 2*p+4
			w.spread("origin", o)
			w.spread("tau", tau)
			w.eachEight(func(part int, at string) {
				w.line("VMOVUPD %s(SI)(AX*1), %s", at, w.r(d))
				w.op("VADDPD", o, d, y)
				w.op("VSUBPD", o, d, x)
				w.op("VADDPD", tau, y, y)
				w.op("VSUBPD", tau, x, x)
				w.op("VMULPD", y, x, x)
				w.line("VMOVUPD %s(DI)(AX*1), %s", at, w.r(y))
				w.op("VDIVPD", x, y, x)
				w.line("VMOVUPD %s, %s(R8)(AX*1)", w.r(x), at)
				w.op("VMULPD", x, d, d)
				w.line("VMOVUPD %s, %s(R9)(AX*1)", w.r(d), at)
				w.op("VFMADD231PD", x, x, part)
				w.op("VFMADD231PD", d, d, p+part)
			})
			w.fold(0, x)
			w.fold(p, x)
			w.load("sums", "DI")
			w.line("VMOVSD X0, (DI)")
			w.line("VMOVSD X%d, 8(DI)", p)
			w.end()
		}, false},
}

// A version is a pass in one precision.
type version struct {
	pass
	single bool
}

// eachVersion calls f for every pass in every precision that it is for.
func eachVersion(f func(v version)) {
	for _, p := range passes {
		f(version{pass: p})
		if p.both {
			f(version{p, true})
		}
	}
}

func (v version) float() string { return map[bool]string{false: "float64", true: "float32"}[v.single] }
func (v version) called() string {
	return v.name + map[bool]string{false: "", true: "Single"}[v.single]
}

// comment is the doc comment.
func (v version) comment() string {
	if !v.single {
		return v.doc
	}
	return v.called() + " is " + v.name + " in single precision."
}

func (v version) signature() string {
	var list []string
	for _, x := range v.params {
		list = append(list, x.name+" "+x.goType(v.float()))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// frame returns the places of the arguments and the bytes of all.
func (v version) frame() (offset map[string]int, bytes int) {
	offset = map[string]int{}
	for _, x := range v.params {
		size := 8
		if v.single && x.kind == "float64" {
			size = 4
		}
		bytes = (bytes + size - 1) / size * size
		offset[x.name] = bytes
		bytes += size
	}
	return offset, bytes
}

func (p pass) arguments() string {
	var list []string
	for _, x := range p.params {
		list = append(list, x.name)
	}
	return "(" + strings.Join(list, ", ") + ")"
}

func vectorAssembly() string {
	var b strings.Builder
	b.WriteString(header + "#include \"textflag.h\"\n\n" + maskData())
	eachVersion(func(v version) {
		for _, s := range []isa{avx512, avx2} {
			if v.single {
				s = s.single()
			}
			offset, bytes := v.frame()
			w := &writer{isa: s, b: &b, offset: offset}
			fmt.Fprintf(&b, "\n// func %s%s%s\n", v.called(), s.name, v.signature())
			fmt.Fprintf(&b, "TEXT ·%s%s(SB), NOSPLIT, $0-%d\n", v.called(), s.name, bytes)
			v.body(w)
		}
	})
	return b.String()
}

func vectorDeclarations() string {
	var b strings.Builder
	b.WriteString(header + "package kernel\n\nimport \"unsafe\"\n")
	eachVersion(func(v version) {
		for _, s := range []isa{avx512, avx2} {
			fmt.Fprintf(&b, "\n//go:noescape\nfunc %s%s%s\n", v.called(), s.name, v.signature())
		}
		fmt.Fprintf(&b, "\n// %s\nfunc %s%s {\n\tswitch instructions {\n", v.comment(), v.called(), v.signature())
		fmt.Fprintf(&b, "\tcase avx512:\n\t\t%sAVX512%s\n\tcase "+
			"avx2:\n\t\t%sAVX2%s\n\tdefault:\n\t\t%sPortable%s\n\t}\n}\n",
			v.called(), v.arguments(), v.called(), v.arguments(), v.name, v.arguments())
	})
	return b.String()
}

func vectorPortable() string {
	var b strings.Builder
	b.WriteString(header + "//go:build !amd64\n\npackage kernel\n\nimport \"unsafe\"\n")
	eachVersion(func(v version) {
		fmt.Fprintf(&b, "\n// %s\nfunc %s%s {\n\t%sPortable%s\n}\n", v.comment(), v.called(), v.signature(), v.name,
			v.arguments())
	})
	return b.String()
}
