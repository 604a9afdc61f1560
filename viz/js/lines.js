// A function of columns of numbers as text and, for each line, the place of its x among them and
// its other columns as text. It returns the function that puts the points back into an option.
(function (columns, lines) {
	function numbers(text) {
		return text === "" ? [] : text.split(",").map(function (v) { return v === "" ? null : +v }) }
	return function (o) {
		var x = columns.map(numbers);
		lines.forEach(function (l, i) {
			// A single gap is an empty text, so that columns of y are split even where they look
			// empty.
			var y = l.slice(1).map(
				function (t) { return t.split(",").map(function (v) { return v === "" ? null : +v }) });
			o.series[i].data = x[l[0]].map(function (v, k) { return [v].concat(y.map(function (c) { return c[k] })) });
		});
	};
})
