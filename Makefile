# The two commands are `make run` and `make test`; each does all of its own set-up.
# DATA=dir keeps the shop elsewhere, LISTEN=addr opens it elsewhere.

DATA ?= data
LISTEN ?= 127.0.0.1:8080
CARGO ?= cargo
# The transport over Kafka compiles librdkafka, so only who asks for it gets it.
FEATURES = $(if $(filter kafka,$(BUS)),--features kafka)

.PHONY: help run build web web-client kafka-broker resiliency storm soak test test-rust test-external lint bench cluster cluster-status cluster-down deploy-check setup setup-test fmt clean-data

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: build ## Build the shop and run it, with a demo catalog on first start
	@./target/release/souk up --dev --data $(DATA) --listen $(LISTEN)

# The storefront goes into the binary. Without Node the shop is built without it, and says so.
build: setup web
	@echo "building souk (a first build takes some minutes; later ones take seconds)"
	@$(CARGO) build --release --package souk $(FEATURES)

web: ## Build the storefront, if its sources have changed
	@./tools/web.sh build $(if $(filter true,$(CI)),--must)

web-client: ## Write web/api anew from what the shop says of its API
	@$(CARGO) build --package souk --bin souk --features kafka
	@./tools/web.sh client

test: setup-test web lint test-rust test-external ## Install what tests need, check the rules of the house, run every test

# With everything that can be built in: Kafka is left out of `make run`, for its C library takes a minute to compile.
# What could not be tested here is named at the end, with the line that installs what is missing; under CI=true it fails.
SKIPPED = $(CURDIR)/target/skipped-tests
test-rust: setup-test kafka-broker
	@$(CARGO) build --package souk --bin souk --features kafka
	@rm -f $(SKIPPED)
	@SOUK_SKIPPED_TESTS=$(SKIPPED) $(CARGO) nextest run --workspace --features souk/kafka --no-fail-fast; code=$$?; \
		[ ! -e $(SKIPPED) ] || { echo "skipped $$(wc -l <$(SKIPPED)) tests:"; sort $(SKIPPED); }; exit $$code

# A broker of Kafka's protocol for tests and `make cluster BUS=kafka`. It is somebody else's and takes minutes to compile
# once, so it is built apart from the shop.
kafka-broker:
	@$(CARGO) build --quiet --manifest-path tools/kafka-broker/Cargo.toml --target-dir target/kafka-broker

resiliency: setup-test ## Assert the resiliency matrix, and write docs/resiliency.md from it
	@$(CARGO) build --package souk --bin souk --features kafka
	@SOUK_UPDATE=1 $(CARGO) nextest run --package souk-tests --features souk/kafka --no-fail-fast -E 'binary(resiliency)'

storm: setup-test ## Kill and stop each process and server of a fleet under load (a quarter of an hour), and write docs/storm.md
	@$(CARGO) build --package souk --bin souk --features kafka
	@$(CARGO) nextest run --package souk-tests --features souk/kafka --no-fail-fast --run-ignored only --success-output final -E 'binary(storm)'
	@SOUK_UPDATE=1 $(CARGO) nextest run --package souk-tests --features souk/kafka -E 'binary(storm) & test(page)'

soak: setup-test ## What is tried more often than `make test` has time for
	@$(CARGO) nextest run --package souk-payment --no-fail-fast --run-ignored only -E 'binary(races)'
	@SOUK_PRICING_CASES=1000000 $(CARGO) nextest run --release --package souk-order --lib -E 'test(properties)'
	@$(CARGO) nextest run --package souk-order --run-ignored only -E 'test(single_use_code_a_hundred_times)'

test-external: setup-test ## What other people's tools say of the API, and shoppers in a browser; EXAMPLES=60 SEED=7 for more and other cases
	@./tools/web.sh build --must
	@$(CARGO) build --package souk --bin souk --features kafka
	@./tests/external/api.sh
	@./tools/web.sh check
	@./tests/external/storefront.sh

lint: setup-test
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets --features souk/kafka --quiet -- --deny warnings
	@$(CARGO) run --quiet --package xtask -- tidy

bench: setup web ## Measure, and print the table of ratios
	@./bench/run.sh

cluster: build ## A fleet here: private PostgreSQL, Redis, RabbitMQ (BUS=kafka: Kafka's protocol), nginx, two of each role
	@./tools/cluster.sh up

cluster-status: ## The replicas of the fleet, their queues and dead letters
	@./tools/cluster.sh status

cluster-down: ## End the fleet; nothing of it is left
	@./tools/cluster.sh down

deploy-check: setup-test ## Hold deploy/ against Helm's engine, the schemas, the linters and an emulated AWS
	@$(CARGO) build --package souk --bin souk
	@./deploy/check.sh

fmt:
	@$(CARGO) fmt --all

setup:
	@./tools/setup.sh run

setup-test:
	@./tools/setup.sh test
