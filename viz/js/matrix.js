// A function of a matrix as text, row by row, blank where it has no value, its number of columns,
// and whether colours follow the logarithm. It returns the function that puts the cells back into
// an option.
(function (text, cols, log) {
	return function (o) {
		var d = [];
		text.split(",").forEach(function (v, k) {
			if (v) d.push([k % cols, Math.floor(k / cols)].concat(log ? [Math.log10(v), +v] : [+v]));
		});
		o.series[0].data = d;
	};
})
