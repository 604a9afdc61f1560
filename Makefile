# Every target does its own set-up, into .venv of this checkout. INSTALL=1 lets root add Debian's packages to the system.
PYTHON ?= python3
# The files of the checkout are UTF-8, whatever the locale.
export PYTHONUTF8 = 1
SETUP   = command -v $(PYTHON) >/dev/null || { echo "set-up: Python 3.11 or newer is needed; there is no $(PYTHON) here" >&2; exit 1; }; \
          $(PYTHON) notebooks/machinery/setup.py

.PHONY: help lab kernel test notebooks reproduce verdicts bench bench-quick bench-r2rils bench-biasedals bench-convex bench-cells bench-data ratings accuracy image image-test site share release clean
.PHONY: check test-cluster test-arm64 test-stress fuzz mutate

help:
	@echo "make lab             open JupyterLab on the notebooks       (TOKEN=secret make lab PORT=8888 to choose)"
	@echo "make kernel          install the Go kernel for your own JupyterLab or VS Code; prints how to remove it"
	@echo "make check           format, vet, staticcheck and short tests of the packages that changed, in a minute"
	@echo "make test            run every test: Go, notebooks, browser (INSTALL=1 lets root install Chromium; FULL=1: 2,000 random tables per solver)"
	@echo "make test-cluster    run sweeps on a Slurm of one node     (INSTALL=1 lets root install Slurm and munge)"
	@echo "make test-arm64      test the arm64 kernels in an emulator (INSTALL=1 lets root install qemu)"
	@echo "make test-stress     run kernel and browser tests ten times on a busy machine (ROUNDS=10; goes on where it ended)"
	@echo "make fuzz            run every fuzz target (TIME=60s each)"
	@echo "make mutate          change the code by one operator and see whether tests notice (N=200 SEED=1; goes on where it ended)"
	@echo "make notebooks       the same as make reproduce: it stores the notebooks' pictures in them as well"
	@echo "make reproduce       run every claim, write the ledger of verdicts (FULL=1: more seeds, most matrices larger, hours; ONLY=\"02 07\" to choose)"
	@echo "make verdicts        compute every verdict again from the numbers in notebooks/ledger, in seconds"
	@echo "make bench           time training against NumPy, PyTorch and JAX, on one core in turns, into mc/benchmarks/training.md; ten minutes, Linux only"
	@echo "make bench-quick     the same at two small sizes, in two minutes, without storing the result; Linux only"
	@echo "make accuracy        measure how exact mc is, into mc/README.md   (recovery, certificates, derivatives; five minutes)"
	@echo "make bench-data      time reading 25 million ratings against pandas and polars, into mc/benchmarks/data.md; five minutes, Linux only"
	@echo "make ratings         compare methods on MovieLens-100K        (DATA=ml-100k.zip METHODS=regexp FOLDS=u1,u2 to choose; STORED=1: run nothing, print what is stored; OUT=mc/data/README.md: write the tables there too)"
	@echo "make bench-r2rils    time R2RILS against its authors' Python, into mc/benchmarks/r2rils.md; Linux only   (REFERENCE=their R2RILS.py)"
	@echo "make bench-biasedals time an epoch of biased ALS against implicit and LensKit, into mc/benchmarks/biasedals.md; a minute, Linux only"
	@echo "make bench-convex    time NuclearNorm and SoftImpute against cvxpy and NumPy, into mc/benchmarks/convex.md; ten minutes, Linux only"
	@echo "make bench-cells     time notebook cells against an empty one and plotly in ipykernel; a minute"
	@echo "make image           build the image project-penalty        (TAG=… BASE=… GO=… to choose; see docker/README.md)"
	@echo "make image-test      build the image, run it by the commands of docker/README.md, look at it in a browser (BASE=… GO=… to choose)"
	@echo "make site            run the notebooks and write them as a static site into site/   (STORED=1: as they are stored)"
	@echo "make release         make the files of a release in dist/   (VERSION=0.2.0, whose tag is checked out)"
	@echo "make share           write a copy of a notebook for others, charts as PNG    (NB=my.ipynb; OUT=… to name the copy)"
	@echo "make clean           remove what the other targets made (RESULTS=1: the results of sweeps too)"

lab:
	@$(SETUP)
	@.venv/bin/python notebooks/machinery/lab.py

kernel:
	@$(SETUP) --kernel

test:
	@$(SETUP) --test $(if $(INSTALL),--install)
	@$(if $(FULL),PENALTY_TABLES=2000) .venv/bin/python notebooks/machinery/run_tests.py

check:
	@$(SETUP) --check
	@$(PYTHON) notebooks/machinery/run_tests.py check

test-cluster:
	@$(SETUP) --cluster $(if $(INSTALL),--install)
	go test ./mc/sweep/command ./viz/nb -run Slurm -count=1 -v

# What depends on the matrix product; the rest is the portable code.
test-arm64:
	@$(SETUP) --arm64 $(if $(INSTALL),--install)
	GOARCH=arm64 go test -exec qemu-aarch64-static ./mc/internal/kernel -short -rapid.checks=20 -run 'Gemm|Syrk|Triangles|Inverse|PolarOf|Sparse|Bits'

test-stress:
	@$(SETUP) --test $(if $(INSTALL),--install)
	@.venv/bin/python notebooks/machinery/run_tests.py stress $(or $(ROUNDS),10)

fuzz:
	@$(PYTHON) notebooks/machinery/run_tests.py fuzz $(or $(TIME),60s)

mutate:
	@go run ./.ci/mutate -n $(or $(N),200) -seed $(or $(SEED),1)

verdicts:
	@go run ./mc/cmd/verdicts notebooks/LEDGER.json

notebooks reproduce:
	@$(SETUP)
	@.venv/bin/python notebooks/machinery/store.py $(if $(FULL),--full) $(ONLY)

bench: .venv/bench-training/ready
	@go run ./mc/cmd/bench/training -o mc/benchmarks/training.md

bench-quick: .venv/bench-training/ready
	@go run ./mc/cmd/bench/training -quick

bench-r2rils: .venv/bench-r2rils/ready
	@go run ./mc/cmd/bench/r2rils -reference "$(REFERENCE)" -o mc/benchmarks/r2rils.md

bench-biasedals: .venv/bench-biasedals/ready
	@go run ./mc/cmd/bench/biasedals -o mc/benchmarks/biasedals.md

bench-convex: .venv/bench-convex/ready
	@go run ./mc/cmd/bench/convex -o mc/benchmarks/convex.md

bench-data: .venv/bench-data/ready
	@go run ./mc/cmd/bench/data -o mc/benchmarks/data.md

# A benchmark's peers have an environment of their own, which its requirements.txt names.
.venv/bench-%/ready: mc/cmd/bench/%/requirements.txt
	@[ "$$(uname)" = Linux ] || { echo "make: benchmarks beside other programs bind these to a core, which needs Linux; this is $$(uname)" >&2; exit 1; }
	$(PYTHON) -m venv .venv/bench-$*
	.venv/bench-$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

bench-cells: .venv/bench-cells/ready
	@$(SETUP)
	@.venv/bin/python notebooks/machinery/bench_cells.py .venv/bench-cells

.venv/bench-cells/ready: notebooks/machinery/requirements-bench.txt
	@$(SETUP)
	$(PYTHON) -m venv .venv/bench-cells
	.venv/bench-cells/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	.venv/bench-cells/bin/python -m ipykernel install --prefix .venv/bench-cells --name plotly
	@touch $@

ratings:
	@go run ./mc/cmd/ratings $(if $(DATA),-data '$(DATA)') $(if $(METHODS),-methods '$(METHODS)') $(if $(FOLDS),-folds '$(FOLDS)') $(if $(STORED),-stored) $(if $(OUT),-o '$(OUT)')

accuracy:
	@go run ./mc/cmd/accuracy -o mc/README.md

image:
	@docker/build.sh

image-test:
	@$(SETUP) --image $(if $(INSTALL),--install)
	@.venv/bin/python -m pytest -q -rs -o pythonpath="notebooks/machinery notebooks/machinery/tests" -p conftest docker/test_image.py

site:
	@$(SETUP)
	@.venv/bin/python notebooks/machinery/publish.py $(if $(STORED),--stored)

share:
	@$(SETUP)
	@.venv/bin/python notebooks/machinery/share.py '$(NB)' $(if $(OUT),'$(OUT)')

release:
	@go run ./.ci/release -version "$(VERSION)" -o dist

clean:
	rm -rf .venv .cache site dist notebooks/browser-test-*.ipynb notebooks/daylight.csv notebooks/daylight.npz
	find . \( -name __pycache__ -o -name .pytest_cache -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
	$(if $(RESULTS),rm -rf results notebooks/results ratings.jsonl,@echo "clean: results of sweeps and of make ratings are kept; make clean RESULTS=1 removes them")
