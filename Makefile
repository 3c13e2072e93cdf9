# Waihu: `make run` shows it at work, `make test` proves it. Both set up all that they need,
# inside this folder, on a Debian 12 machine with git, make and python3; root is not needed.

PYTHON3 ?= python3
PARTS   := .parts

.PHONY: run fresh test test-asterisk16 test-systemd setup parts drill load queue-figures season fuzz lint pictures bench clean help

help:      ## what can be made
	@grep -hE '^[a-z0-9-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 18

run: setup ## set up, start a private Asterisk with simulated people, and dial the example list (also: make run MODE=predictive)
	@$(PYTHON3) packaging/debs.py $(PARTS) asterisk
	@.venv/bin/waihu demo $(if $(MODE),--mode $(MODE))

fresh:     ## forget what the demo has dialed (`make fresh run` starts it from the beginning)
	rm -rf .run

test: setup parts ## every test, on the real Asterisk
	.venv/bin/python -m $(if $(ARGS),pytest $(ARGS),tests.side_by_side)

test-asterisk16: setup ## the tests of the real Asterisk on the oldest one, 16
	@$(PYTHON3) packaging/debs.py $(PARTS) asterisk16 sipp
	WAIHU_TEST_ASTERISK=16 .venv/bin/python -m pytest -m asterisk $(ARGS)

test-systemd: setup ## the unit under a real systemd of its own (needs root)
	.venv/bin/python tests/service/real_systemd.py

setup:     ## the virtual environment, complete
	@$(PYTHON3) packaging/venv.py

parts:     ## the real parts of the tests, out of Debian's packages
	@$(PYTHON3) packaging/debs.py $(PARTS) asterisk sipp systemd postgresql espeak redis mosquitto chromium prometheus openssl

drill: setup parts ## kill engine and Asterisk amid living calls, hundreds of times (MODE=: half an hour; without, both modes)
	@for one in $(or $(MODE),progressive predictive); do \
		.venv/bin/python -m tests.drill.matrix --mode $$one $(or $(ARGS),--keep) || exit 1; done

load: setup parts ## an hour of 10 calls a second: memory flat, nothing left over (also: make load MODE=predictive)
	@.venv/bin/python -m tests.drill.load $(if $(MODE),--mode $(MODE)) $(or $(ARGS),--keep)

queue-figures: setup parts ## our record of 2,000 queue calls against Asterisk's queue_log, also after a kill
	WAIHU_QUEUE_CALLS=$(or $(CALLS),2000) .venv/bin/python -m pytest -q -s tests/line/test_queue_figures.py

season: setup ## ninety days with a million contacts under all rules, in virtual time (hours)
	@.venv/bin/python -m tests.season $(ARGS)

lint: setup ## style, types, and who may import whom
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

pictures: setup parts ## the pictures of the docs: wallboards, agent desk
	.venv/bin/python docs/wallboard_picture.py docs/wallboard.png docs/wallboard-zh.png
	.venv/bin/python docs/desk_pictures.py
	.venv/bin/python docs/board_picture.py docs/board.svg

bench: setup parts ## the benchmarks, each beside its named reference
	@for one in benchmarks/*.py; do echo "== $$one"; .venv/bin/python $$one || exit 1; done

fuzz: setup ## a million bent inputs for each codec, then the long runs of the state machines
	.venv/bin/python -m tests.fuzz $(FUZZ)
	HYPOTHESIS_PROFILE=long .venv/bin/python -m pytest -q tests/machines

clean:     ## remove what was made (the fetched Debian packages as well)
	rm -rf .venv .run $(PARTS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .fuzz .import_linter_cache
