# Every target does its own set-up, into .venv of this checkout; nothing else is touched.
PYTHON ?= python3
SETUP   = $(PYTHON) notebooks/setup.py

.PHONY: help lab test notebooks bench clean

help:
	@echo "make lab          open JupyterLab on the notebooks       (PORT=8888 TOKEN=secret to choose)"
	@echo "make test         run every test: Go, notebooks, browser"
	@echo "make notebooks    run the notebooks and store their pictures in them"
	@echo "make bench        time an iteration against NumPy, side by side on one core"
	@echo "make clean        remove what the other targets made"

lab:
	@$(SETUP)
	@.venv/bin/python notebooks/lab.py

test:
	@$(SETUP) --test
	@sh notebooks/check.sh

notebooks:
	@$(SETUP)
	@.venv/bin/python notebooks/store.py

bench:
	@$(SETUP)
	@.venv/bin/python mc/bench/bench.py

clean:
	rm -rf .venv .cache
