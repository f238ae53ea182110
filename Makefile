# Every target is one call of tools/run.py, which also works where there is no make.
PYTHON ?= python3

.PHONY: help install book serve lab notebooks test check bench links clean
help:       ## what there is (the default)
	@$(PYTHON) tools/run.py --help
install:    ## make .venv and install everything into it
	@$(PYTHON) tools/run.py install
book:       ## execute what has changed and build the site
	@$(PYTHON) tools/run.py book
serve:      ## show the built site in the browser
	@$(PYTHON) tools/run.py serve
lab:        ## JupyterLab: make lab PAGE=book/neurons/neuron
	@$(PYTHON) tools/run.py lab $(PAGE)
notebooks:  ## write each page's .ipynb from its .md
	@$(PYTHON) tools/run.py notebooks
test:       ## every check there is
	@$(PYTHON) tools/run.py test
check:      ## format, lint and spelling
	@$(PYTHON) tools/run.py check
bench:      ## time dlbook against torch
	@$(PYTHON) tools/run.py bench
links:      ## follow every link to another site
	@$(PYTHON) tools/run.py links
clean:      ## remove what was built
	@$(PYTHON) tools/run.py clean
