// A function of what a chart has: its box, and how it is painted and released. The charts of a page
// listen to its colours as one. Those that have left it are released when another comes.
(function (chart) {
	var all = window.penaltyShown;
	if (!all) {
		all = window.penaltyShown = new Set();
		var paint = function () { all.forEach(function (c) { c.paint() }) };
		new MutationObserver(paint).observe(document.body,
			{attributes: true, attributeFilter: ['data-jp-theme-light']});
		if (window.matchMedia) matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
	}
	all.forEach(function (c) { if (!c.box.isConnected && all.delete(c)) c.release() });
	all.add(chart);
})
