// A function of an element: whether it stands on something dark. JupyterLab says so. Elsewhere the
// nearest background tells, or, where none is opaque, what the reader prefers.
(function (element) {
	var said = document.body.dataset.jpThemeLight;
	if (said) return said === 'false';
	for (var e = element; e; e = e.parentElement) {
		var c = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(getComputedStyle(e).backgroundColor);
		if (c && !(c[4] < 0.5)) return 0.299 * c[1] + 0.587 * c[2] + 0.114 * c[3] < 128;
	}
	return !!window.matchMedia && matchMedia('(prefers-color-scheme: dark)').matches;
})
