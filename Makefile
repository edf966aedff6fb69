.PHONY: help run test bench fuzz engines pictures

help:  ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

run:  ## Run everything in one process on http://127.0.0.1:8080
	bin/movieserver --profile dev

test:  ## Linter, types and tests that need no engine
	bin/test

bench:  ## Measure, and write benchmarks/results.json
	bin/bench

fuzz:  ## Ask all profiles for what nobody would think of, for two minutes
	bin/fuzz

engines:  ## Start Kafka, Cassandra, PostgreSQL and an issuer, and print where they are
	bin/engines up

pictures:  ## Take the pictures of the page that the README shows
	bin/pictures
