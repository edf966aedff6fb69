.PHONY: help run test bench

help:  ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

run:  ## Run everything in one process on http://127.0.0.1:8080
	bin/movieserver --profile dev

test:  ## Linter, types and tests that need no engine
	bin/test

bench:  ## Measure, and write benchmarks/results.json
	bin/bench
