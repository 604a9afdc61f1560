package kernel

import (
	"math"
	"unsafe"
)

// The passes in Go. Sums have the lanes and the order of additions of the vector registers, so that
// the bits agree.

func list[T Element](x *T, n int) []T { return unsafe.Slice(x, n) }

// blockOf is the elements of a block of 64 bytes.
func blockOf[T Element]() int { return 64 / size[T]() }

// fold adds up the lanes of a block in the order of the vector code: (0+4, 1+5, 2+6, 3+7), then
// halves of that again; with sixteen lanes there is one halving more. What is in s is used up.
func fold[T Element](s *[16]T) T {
	for half := blockOf[T]() / 2; half > 0; half /= 2 {
		for l := range half {
			s[l] += s[l+half]
		}
	}
	return s[0]
}

// fma is x·y + z, rounded once.
func fma[T Element](x, y, z T) T {
	if size[T]() == 4 {
		return T(fma32(float32(x), float32(y), float32(z)))
	}
	return T(math.FMA(float64(x), float64(y), float64(z)))
}

func transpose4Portable(groups int, from unsafe.Pointer, step int, to unsafe.Pointer, toStep int) {
	transposePortable[float64](4, 4*groups, from, step, to, toStep)
}

func transpose8Portable(groups int, from unsafe.Pointer, step int, to unsafe.Pointer, toStep int) {
	transposePortable[float64](8, 4*groups, from, step, to, toStep)
}

func transpose4SinglePortable(groups int, from unsafe.Pointer, step int, to unsafe.Pointer, toStep int) {
	transposePortable[float32](4, 4*groups, from, step, to, toStep)
}

func transpose8SinglePortable(groups int, from unsafe.Pointer, step int, to unsafe.Pointer, toStep int) {
	transposePortable[float32](8, 4*groups, from, step, to, toStep)
}

func transposePortable[T Element](rows, columns int, from unsafe.Pointer, step int, to unsafe.Pointer, toStep int) {
	for i := range rows {
		for j, x := range unsafe.Slice((*T)(unsafe.Add(from, i*step)), columns) {
			*(*T)(unsafe.Add(to, j*toStep+size[T]()*i)) = x
		}
	}
}

func narrowPortable(n int, a float64, x *float64, y *float32) {
	to := unsafe.Slice(y, n)
	for i, v := range list(x, n) {
		to[i] = float32(a * v)
	}
}

func widenPortable(n int, x *float32, y *float64) {
	to := list(y, n)
	for i, v := range unsafe.Slice(x, n) {
		to[i] = float64(v)
	}
}

func rotateRowsPortable(n int, x, y *float64, c, s float64) {
	b := list(y, n)
	for i, xi := range list(x, n) {
		yi := b[i]
		list(x, n)[i] = math.FMA(xi, c, float64(s*yi))
		b[i] = math.FMA(yi, c, -float64(s*xi))
	}
}

func axpyBlocksPortable[T Element](n int, a T, x, y *T) {
	to := list(y, n)
	for i, xi := range list(x, n) {
		to[i] = fma(a, xi, to[i])
	}
}

func scaleBlocksPortable[T Element](n int, a T, x, y *T) {
	to := list(y, n)
	for i, xi := range list(x, n) {
		to[i] = a * xi
	}
}

func dotBlocksPortable(n int, x, y, sum *float64)           { dotPortable(n, x, y, sum) }
func dotSinglesPortable(n int, x, y *float32, sum *float64) { dotPortable(n, x, y, sum) }

func dotPortable[T Element](n int, x, y *T, sum *float64) {
	var s [4][16]float64
	a, b := list(x, n), list(y, n)
	for i := 0; i < n; i += 8 {
		k := 0
		if i < n&^31 {
			k = i >> 3 & 3
		}
		for l := range 8 {
			s[k][l] = math.FMA(float64(a[i+l]), float64(b[i+l]), s[k][l])
		}
	}
	for l := range 8 {
		s[0][l] = (s[0][l] + s[1][l]) + (s[2][l] + s[3][l])
	}
	*sum = fold(&s[0])
}

func adamBlocksPortable[T Element](n int, p, g, m, v *T, b1, o1, b2, o2, rate, c2, eps T) {
	ps, ms, vs := list(p, n), list(m, n), list(v, n)
	for i, gi := range list(g, n) {
		mi := fma(ms[i], b1, T(gi*o1))
		vi := fma(vs[i], b2, T(T(gi*gi)*o2))
		ms[i], vs[i] = mi, vi
		ps[i] -= T(T(mi*rate) / (T(math.Sqrt(float64(T(vi*c2)))) + eps))
	}
}

func addOuterPortable(n, groups int, a *float64, stride int, p, y *float64) {
	ps, ys := list(p, 4*groups), list(y, n)
	for i, pi := range ps {
		row := unsafe.Slice((*float64)(unsafe.Add(unsafe.Pointer(a), i*stride)), n)
		for j := range row {
			row[j] = math.FMA(pi, ys[j], row[j])
		}
	}
}

func lineDotsPortable[T Element](n, lines int, begin, end *int32, a *T, aStride int, idx *int32, x *T,
	stride int, out *T) {
	block := blockOf[T]()
	eachLine(lines, begin, end, idx, func(line, from int, positions []int32) {
		as, to := list(rowAt(a, line, aStride), n), list(out, from+len(positions))[from:]
		for k, at := range positions {
			var s [16]T
			row := list(rowAt(x, int(at), stride), n)
			for j := 0; j < n; j += block {
				for l := range block {
					s[l] = fma(row[j+l], as[j+l], s[l])
				}
			}
			to[k] += fold(&s)
		}
	})
}

func lineSumsPortable[T Element](n, lines int, begin, end *int32, out *T, outStride int, idx *int32, val, x *T,
	stride int) {
	eachLine(lines, begin, end, idx, func(line, from int, positions []int32) {
		to, vals := list(rowAt(out, line, outStride), n), list(val, from+len(positions))[from:]
		for k, at := range positions {
			for j, v := range list(rowAt(x, int(at), stride), n) {
				to[j] = fma(vals[k], v, to[j])
			}
		}
	})
}

// eachLine calls f for each line that has entries, with the first of them and their positions.
func eachLine(lines int, begin, end, idx *int32, f func(line, from int, positions []int32)) {
	ends := unsafe.Slice(end, lines)
	for line, from := range unsafe.Slice(begin, lines) {
		if to := ends[line]; from < to {
			f(line, int(from), unsafe.Slice(idx, to)[from:])
		}
	}
}

// rowAt is where row i of rows stride bytes apart begins.
func rowAt[T Element](x *T, i, stride int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(x), i*stride))
}

func updateRowsPortable(n, groups int, a *float64, stride int, p, q, u, y0, v0, y *float64) {
	ps, qs, us := list(p, 4*groups), list(q, 4*groups), list(u, 4*groups)
	ys, y0s, v0s := list(y, n), list(y0, n), list(v0, n)
	for i := range 4 * groups {
		row := unsafe.Slice((*float64)(unsafe.Add(unsafe.Pointer(a), i*stride)), n)
		for j, x := range row {
			x = math.FMA(-ps[i], y0s[j], x)
			x = math.FMA(-qs[i], v0s[j], x)
			row[j] = x
			ys[j] = math.FMA(us[i], x, ys[j])
		}
	}
}

func rowDotsPortable(n, groups int, a *float64, stride int, v, x *float64) {
	vs, xs := list(v, n), list(x, 4*groups)
	for i := range xs {
		var s [16]float64
		row := unsafe.Slice((*float64)(unsafe.Add(unsafe.Pointer(a), i*stride)), n)
		for j := 0; j < n; j += 8 {
			for l := range 8 {
				s[l] = math.FMA(row[j+l], vs[j+l], s[l])
			}
		}
		xs[i] = fold(&s)
	}
}

func secularSumsPortable(n int, d, z *float64, origin, tau float64, sums *float64) {
	var s, q [16]float64
	ds, zs := list(d, n), list(z, n)
	for i := 0; i < n; i += 8 {
		for l := range 8 {
			t := zs[i+l] / float64(((ds[i+l]-origin)-tau)*((ds[i+l]+origin)+tau))
			s[l] = math.FMA(zs[i+l], t, s[l])
			q[l] = math.FMA(t, t, q[l])
		}
	}
	to := list(sums, 2)
	to[0], to[1] = fold(&s), fold(&q)
}

func loewnerPortable(n int, d, z *float64, origin, tau, pole float64) {
	zs := list(z, n)
	for i, di := range list(d, n) {
		zs[i] *= float64(((di-origin)-tau)*((di+origin)+tau)) / float64((pole-di)*(pole+di))
	}
}

func secularVectorsPortable(n int, d, z *float64, origin, tau float64, v, u, sums *float64) {
	var s, q [16]float64
	ds, zs, vs, us := list(d, n), list(z, n), list(v, n), list(u, n)
	for i := 0; i < n; i += 8 {
		for l := range 8 {
			vs[i+l] = zs[i+l] / float64(((ds[i+l]-origin)-tau)*((ds[i+l]+origin)+tau))
			us[i+l] = vs[i+l] * ds[i+l]
			s[l] = math.FMA(vs[i+l], vs[i+l], s[l])
			q[l] = math.FMA(us[i+l], us[i+l], q[l])
		}
	}
	to := list(sums, 2)
	to[0], to[1] = fold(&s), fold(&q)
}

func packRowsPortable(count int, to unsafe.Pointer, panelStep int, from unsafe.Pointer, step, bytes, panels int) {
	for range count {
		for i := range panels {
			copy(unsafe.Slice((*byte)(unsafe.Add(to, i*panelStep)), bytes),
				unsafe.Slice((*byte)(unsafe.Add(from, i*bytes)), bytes))
		}
		to, from = unsafe.Add(to, bytes), unsafe.Add(from, step)
	}
}
