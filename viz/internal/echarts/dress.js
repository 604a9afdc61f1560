// dress(lib, o, width, live) completes the option o with what JSON and go-echarts cannot say:
// logarithmic axes (as linear ones of log₁₀, since ECharts's own lose the window of a zoom to
// rounding, and have ticks at each or each tenth power of ten only), bands, numbers to six digits.
// It lays the texts out for a width in pixels, and returns by how much the drawing is higher for it
// than with one line each for title, notes and legend, and marks, which finds such ticks after a
// zoom.
function (lib, o, width, live) {
	function all(x) { return [].concat(x || []) }
	function size(text, font) { return lib.format.getTextRect(text, font + 'px sans-serif').width }
	function six(v, digits) {
		if (v == null || v === '' || isNaN(v)) return 'none';
		var n = +(+v).toPrecision(digits || 6), size = Math.abs(n);
		return size && (size < 1e-3 || size >= 1e6) ? n.toExponential().replace('+', '') : String(n);
	}
	function value(p) { return p && p.value || p }
	// tellApart is that of text.go.
	function tellApart(low, high, more, least) {
		var common = Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high)) / (high - low)));
		return common > 0 && isFinite(common) ? Math.max(least, Math.min(common, 12) + more) : least;
	}
	// lines breaks a text into lines of at most most pixels.
	function lines(text, font, most) {
		var out = [''];
		String(text || '').split(' ').forEach(function (word) {
			var last = out.length - 1, longer = out[last] ? out[last] + ' ' + word : word;
			if (size(longer, font) <= most) out[last] = longer;
			else { word = lib.format.truncateText(word, most, font + 'px sans-serif',
				'…'); if (out[last]) out.push(word); else out[last] = word }
		});
		return out;
	}
	// shown is the value of a coordinate along x (0) or y (1).
	function shown(v, dim) { return six(v == null || !logs[dim] ? v : Math.pow(10, v), logs[dim] ? 6 : 12) }
	var logs = [false, false], named = false;
	var extra = 0, title = all(o.title)[0];
	if (title) {
		var head = lines(title.text, 'bold 15', width - (live ? 110 : 20)),
			notes = lines(title.subtext, '11', width - 20);
		if (head.length > 3) head = head.slice(0, 2).concat(head[2] + ' …');
		if (notes.length > 6) notes = notes.slice(0, 5).concat(notes[5] + ' …');
		title.text = head.join('\n');
		title.subtext = notes.join('\n');
		all(o.options).forEach(function (at) { if (at.title) at.title.subtext = lines(at.title.subtext, '11',
			width - 20).join('\n') });
		title.itemGap = 6;
		title.textStyle.lineHeight = 18;
		title.subtextStyle.lineHeight = 14;
		extra = 18 * (head.length - 1) + 14 * (notes.length - 1);
	}
	var names = all(o.legend).filter(function (l) { return l.show }).map(function (l) {
		var most = width - 24, rows = 1, names = [], c = l.textStyle && l.textStyle.color;
		all(l.data).forEach(function (name) { if (names.indexOf(name) < 0) names.push(name) });
		var room = most - 34; // of a name, beside its line
		l.formatter = function (name) { return lib.format.truncateText(name, room, '12px sans-serif', '…') };
		l.itemGap = 10; l.itemHeight = 14; l.itemWidth = 25; l.left = 10; l.padding = [0, 0]; l.top = 54 + extra;
		l.selector = false;
		if (live && names.length > 6 && width > 560) { // two buttons right of the names, which leave them room
			l.selector = [{type: 'all', title: 'all'}, {type: 'inverse', title: 'invert'}];
			l.selectorPosition = 'end'; l.selectorItemGap = 7; l.selectorButtonGap = 10;
			l.selectorLabel = {color: c, borderColor: c, fontSize: 12, padding: [3, 5]};
			most -= 10 + size('all', '12') + 7 + size('invert', '12') + 4 * 5 + 4;
		}
		l.width = most;
		var x = 0;
		names.forEach(function (name) {
			var w = 25 + 5 + size(l.formatter(name), '12') + 2;
			if (x && x + w > most) { x = 0; rows++ }
			x += w + 10;
		});
		l.data = names.map(function (name) {
			var s = all(o.series).filter(function (s) { return s.name === name })[0];
			// a line shows its dashes, not the dot on it
			return {name: name, itemStyle: {opacity: s && s.showSymbol ? 1 : 0}};
		});
		l.type = rows > 6 && live ? 'scroll' : 'plain';
		if (l.type === 'scroll') room -= 46; // pages have buttons
		if (l.type === 'plain') extra += 24 * (rows - 1);
		if (c) { l.pageTextStyle = {color: c}; l.pageIconColor = c }
		return names;
	});
	all(o.grid).forEach(function (g) { g.top = +g.top + extra });

	// Names of rows take the room that they need.
	all(o.yAxis).forEach(function (a) {
		if (a.type !== 'category' || !a.data || all(o.visualMap).length) return;
		var most = Math.min(width < 500 ? 96 : 200,
			Math.max.apply(null, a.data.map(function (d) { return size(String(d), '12') })));
		a.axisLabel = Object.assign({}, a.axisLabel, {width: most + 2, overflow: 'truncate'});
		a.nameGap = most + 18;
		all(o.grid).forEach(function (g) { g.left = most + 46 });
	});

	// Names of axes stand at the middle of the grid, and end before the edge; tool-tips have them
	// in full.
	all(o.grid).slice(0, 1).forEach(function (g) {
		all(o.xAxis).forEach(
			function (a) { a.nameTruncate = {maxWidth: Math.min(width, width - g.left + +g.right) - 8} });
		all(o.yAxis).forEach(function (a) { a.nameTruncate = {maxWidth: 270} });
	});

	all(o.series).forEach(function (s) {
		if (s.type === 'custom') { // a band: [x, low, high]
			var color = s.itemStyle.color;
			s.clip = true; s.silent = true; s.z = 1;
			s.encode = {x: 0, y: [1, 2], tooltip: [1, 2]};
			s.renderItem = function (params, api) {
				if (params.dataIndexInside) return;
				var pieces = [], top = [], bottom = [];
				function end() {
					if (top.length === 1) { // as wide as a point that stands alone
						var x = top[0][0], high = top[0][1], low = bottom[0][1];
						top = [[x - 3.5, high], [x + 3.5, high]]; bottom = [[x + 3.5, low], [x - 3.5, low]];
					}
					if (top.length) pieces.push({type: 'polygon', shape: {points: top.concat(bottom)},
						style: {fill: color, opacity: 0.18}});
					top = []; bottom = [];
				}
				for (var k = 0; k < params.dataInsideLength; k++) {
					var x = api.value(0, k), low = api.value(1, k), high = api.value(2, k);
					if (isNaN(low) || isNaN(high)) { end(); continue }
					top.push(api.coord([x, high]));
					bottom.unshift(api.coord([x, low]));
				}
				end();
				return {type: 'group', children: pieces};
			};
		}
		if (s.type === 'heatmap') {
			s.progressive = 0;
			s.itemStyle = Object.assign({borderWidth: 0}, s.itemStyle);
			all(o.xAxis).concat(all(o.yAxis)).forEach(function (a) {
				var n = (a.data || []).length, given = (a.axisLabel || {}).interval;
				if (given != null) { a.axisLabel.interval = +given; named = true }
				else if (n > 12) a.axisLabel = Object.assign({}, a.axisLabel, {interval: Math.ceil(n / 8) - 1});
				// a label, empty for none, and a name
				var names = (a.data || []).map(function (d) { return String(d).split('\t') });
				if (names.some(function (d) { return d.length > 1 })) {
					var end = all(o.xAxis).indexOf(a) >= 0 ? {rotate: 90, align: 'right', verticalAlign: 'top',
						hideOverlap: false} : {hideOverlap: false};
					a.axisLabel = Object.assign({}, a.axisLabel, end, {
						interval: function (k) { return !!names[k][0] },
						formatter: function (text) { return String(text).split('\t')[0] },
					});
				}
				a.axisTick = {show: false};
				a.splitLine = {show: false};
			});
		}
	});
	var heat = all(o.series).filter(function (s) { return s.type === 'heatmap' })[0];
	if (heat) { // cells are [column, row, value], or [column, row, logarithm, value]
		var cell = heat.data.length && value(heat.data[0]), log = cell && cell.length > 3;
		var digits = 6;
		all(o.visualMap).forEach(function (m) {
			if (!log) digits = tellApart(m.min, m.max, 6, 6);
			var most = log ? 3 : tellApart(m.min, m.max, 3, 3);
			m.formatter = function (v) { return String(+(log ? Math.pow(10, v) : +v).toPrecision(most)) };
			var ends = Math.max(size(m.formatter(m.min), '12'), size(m.formatter(m.max), '12'));
			// What the colours mean stands above their bar, which is in the middle of it.
			var meaning = Math.max.apply(null,
				[0].concat(all(m.text).map(function (t) { return size(String(t), '12') })));
			all(o.grid).forEach(function (g) { g.right = Math.max(92, Math.ceil(ends) + 52,
				Math.ceil(ends + meaning / 2) + 46) });
		});
		var x = all(o.xAxis)[0], y = all(o.yAxis)[0], escape = lib.format.encodeHTML;
		// names are cut to their room; tool-tips have them in full
		if (named) all(o.grid).slice(0, 1).forEach(function (g) {
			var n = x.data.length, shown = ((x.axisLabel || {}).interval || 0) + 1;
			x.axisLabel = Object.assign({}, x.axisLabel,
				{width: Math.max(12, (width - g.left - g.right) / n * shown - 6), overflow: 'truncate'});
			y.axisLabel = Object.assign({}, y.axisLabel, {width: g.left - 22, overflow: 'truncate'});
		});
		all(o.tooltip).forEach(function (t) {
			t.formatter = function (p) {
				var v = value(p.value);
				function name(a, k) { return escape(String(a.data[k]).indexOf('\t') < 0 ? a.name + ' ' +
					a.data[k] : String(a.data[k]).split('\t')[1]) }
				return name(y, v[1]) + ', ' + name(x, v[0]) + '<br><b>' + six(v[v.length - 1], digits) + '</b>';
			};
		});
	}
	all(o.tooltip).forEach(function (t) {
		t.confine = true;
		t.formatter = t.formatter || function (points) {
			var x = all(o.xAxis)[0], y = all(o.yAxis)[0], escape = lib.format.encodeHTML;
			if (t.trigger === 'item') {
				var v = value(points.value), row = y.data ? y.data[v[1]] : y.name + ' ' + shown(v[1], 1);
				return escape(points.seriesName) + '<br>' + escape(row) + '<br>' + escape(x.name) + ' <b>' +
					shown(v[0], 0) + '</b>';
			}
			points = all(points);
			var bands = {};
			points.forEach(function (p) {
				var v = value(p.value);
				if (p.seriesType === 'custom' && v[1] != null) bands[p.seriesName] = v;
			});
			return escape(x.name) + ' ' + shown(points[0].axisValue, 0) + points.map(function (p) {
				var v = value(p.value), band = bands[p.seriesName];
				return p.seriesType === 'custom' ? '' : '<br>' + p.marker + escape(p.seriesName) + ' <b>' +
					shown(v[1], 1) + '</b>' + (band ? ' (' + shown(band[1], 1) + ' … ' + shown(band[2], 1) + ')' : '');
			}).join('');
		};
		t.extraCssText = 'max-width:' + Math.max(200, width - 40) + 'px;white-space:normal;';
	});
	all(o.toolbox).forEach(
		function (t) { if (t.feature && t.feature.dataZoom) t.feature.dataZoom.filterMode = 'none' });
	all(o.toolbox).forEach(function (t) { if (title) t.iconStyle = {borderColor: title.textStyle.color} });
	if (!live) o.toolbox = {show: false};

	// the numbers that have a finite logarithm
	function smallest(v) { return Math.max(v, Number.MIN_VALUE) }
	function largest(v) { return Math.min(v, Number.MAX_VALUE) }
	// marks returns the log₁₀ of where a logarithmic axis has its ticks: about six, at round
	// numbers. It goes from low to high in log₁₀.
	function marks(low, high) {
		var out = [], decades = high - low, lo = smallest(Math.pow(10, low)), hi = largest(Math.pow(10, high)), k, e;
		if (!isFinite(decades)) return out;
		if (decades < 0.7) { // as a linear axis
			var step = Math.pow(10, Math.floor(Math.log10((hi - lo) / 4)));
			if (!(step > 0)) return out;
			step *= (hi - lo) / step > 20 ? 5 : (hi - lo) / step > 8 ? 2 : 1;
			// within a window of rounding errors k + 1 is k
			for (k = Math.ceil(lo / step - 1e-9); k <= hi / step + 1e-9 && out.length < 30; k++)
				out.push(Math.log10(k * step));
			return out;
		}
		var stride = Math.max(1, Math.ceil(decades / 7)), within = decades < 2.2 ? [1, 2, 5] : [1];
		for (e = Math.floor(low + 1e-9); e <= high + 1e-9; e++) {
			if (e % stride) continue;
			within.forEach(function (m) { var v = +(m + 'e' + e); if (v >= lo * (1 - 1e-9) &&
				v <= largest(hi * (1 + 1e-9))) out.push(Math.log10(v)) });
		}
		return out;
	}
	['xAxis', 'yAxis'].forEach(function (kind, dim) {
		all(o[kind]).forEach(function (a) {
			if (a.type !== 'log') return;
			var lo = Infinity, hi = 0;
			all(o.series).forEach(function (s) {
				all(s.data).forEach(function (p) {
					p = value(p);
					for (var k = dim; k < (dim ? p.length : 1); k++) {
						var v = p[k];
						if (v > 0 && isFinite(v)) { lo = Math.min(lo, v); hi = Math.max(hi, v) }
						p[k] = v > 0 ? Math.log10(v) : null;
					}
				});
			});
			a.type = 'value';
			logs[dim] = true;
			if (!(lo <= hi)) return;
			// room around what is drawn, to the next round number
			if (dim || lo === hi || all(o.yAxis)[0].type === 'category') {
				var wide = Math.log10(hi / lo);
				if (wide < 0.7) { var pad = Math.max(0.06 * wide, 0.005); lo /= Math.pow(10,
					pad); hi *= Math.pow(10, pad) }
				else {
					var down = Math.floor(Math.log10(lo)), up = Math.floor(Math.log10(hi) - 1e-12);
					var rounds = wide < 2.2 ? [1, 2, 5, 10] : [1, 10];
					lo = Math.max.apply(null,
						rounds.map(function (m) { return +(m + 'e' + down) }).filter(
						function (v) { return v <= lo * (1 + 1e-9) }));
					hi = Math.min.apply(null,
						rounds.map(function (m) { return +(m + 'e' + up) }).filter(
						function (v) { return v >= hi * (1 - 1e-9) }));
				}
			}
			a.min = Math.log10(smallest(lo)); a.max = Math.log10(largest(hi));
			var at = marks(a.min, a.max);
			a.axisLabel = Object.assign({}, a.axisLabel,
				{customValues: at, formatter: function (v) { return six(Math.pow(10, v)) }});
			a.axisTick = {customValues: at};
			a.splitLine = Object.assign({}, a.splitLine, {customValues: at});
		});
	});

	// A point between gaps, which no line reaches, shows as a dot.
	all(o.series).forEach(function (s) {
		if (s.type !== 'line' || s.showSymbol) return;
		var points = all(s.data).map(value), lone = false;
		function gap(p) { return !p || p[0] == null || p[1] == null }
		var data = points.map(function (p, k) {
			if (gap(p) || !gap(points[k - 1]) || !gap(points[k + 1])) return p;
			lone = true;
			return {value: p, symbol: 'circle', symbolSize: 7};
		});
		if (lone) { s.data = data; s.showSymbol = true; s.symbol = 'none' }
	});
	return {extra: extra, marks: marks, logs: logs};
}
