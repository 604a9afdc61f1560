// A function of the element's name, the option, the chart's width and height, whether it keeps its
// shape on a narrow page, and, where the option holds its data packed, the function that unpacks
// them. It waits for the library, which Library brings within the same page or notebook. After four
// seconds the page asks the network once for all its charts; if that fails the pictures stay.
(function (id, option, width, height, keep, expand) {
	var dress = DRESS, dark = DARK, shown = SHOWN;
	var host = document.getElementById(id);
	if (!host) return;
	function draw(lib) {
		if (host.dataset.live) return;
		host.dataset.live = 1;
		if (expand) expand(option);
		var text = JSON.stringify(option), box = document.createElement('div'), chart, was, wide, layout;
		box.style.width = '100%';
		function dressed() {
			var o = JSON.parse(text.replaceAll('NEUTRAL', was ? '#cfcfcf' : '#444444'));
			o.tooltip = Object.assign({backgroundColor: was ? '#222' : '#fff',
				textStyle: {color: was ? '#eee' : '#222'}}, o.tooltip);
			wide = box.clientWidth || width;
			layout = dress(lib, o, wide, true);
			box.style.height = Math.round(layout.extra +
				(keep ? Math.max(Math.min(height, 300), height * Math.min(1, wide / width)) : height)) + 'px';
			return o;
		}
		function paint() {
			var d = dark(host);
			if (!box.isConnected || chart && d === was) return; // fit repaints it once it is shown again
			was = d;
			if (chart) chart.dispose();
			else shown({box: box, paint: paint, release: function () { chart = chart.dispose() }});
			var o = dressed();
			chart = lib.init(box);
			chart.setOption(o);
			chart.on('datazoom', ticks);
		}
		function ticks() {
			var o = {};
			['xAxis', 'yAxis'].forEach(function (kind, dim) {
				o[kind] = chart.getOption()[kind].map(function (a, i) {
					if (!layout.logs[dim]) return {};
					var e = chart.getModel().getComponent(kind, i).axis.scale.getExtent(),
						at = layout.marks(e[0], e[1]);
					return {axisLabel: {customValues: at}, axisTick: {customValues: at}, splitLine: {customValues: at}};
				});
			});
			chart.setOption(o);
		}
		function fit() {
			if (!box.isConnected) return;
			paint();
			if (box.clientWidth && box.clientWidth !== wide) {
				var o = dressed(), p = {};
				if (o.timeline) {
					o.timeline.currentIndex = chart.getOption().timeline[0].currentIndex;
					chart.setOption(o, true);
				} else {
					['title', 'legend', 'grid', 'xAxis', 'yAxis',
						'tooltip'].forEach(function (k) { if (o[k]) p[k] = o[k] });
					chart.setOption(p);
					if (layout) ticks();
				}
			}
			chart.resize();
		}
		host.replaceChildren(box);
		paint();
		new ResizeObserver(fit).observe(box);
	}
	var tries = 0;
	(function wait() {
		var lib = window.penaltyECharts;
		if (lib) return draw(lib);
		if (++tries < 40) return setTimeout(wait, 100);
		(window.penaltyEChartsAsked || (window.penaltyEChartsAsked = new Promise(function (done) {
			var s = document.createElement('script');
			s.src = 'LIBRARY_URL';
			s.integrity = 'LIBRARY_INTEGRITY';
			s.crossOrigin = 'anonymous';
			s.onload = function () { window.penaltyECharts = window.penaltyECharts || window.echarts; done() };
			document.head.appendChild(s);
		}))).then(function () { if (window.penaltyECharts) draw(window.penaltyECharts) });
	})();
})
