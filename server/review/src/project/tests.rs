//! One fixture for each ecosystem, told in a line or two; and what must not be taken for a project.

use base::memory::MemoryRepo;
use base::{At, Cancel, RelPath, Repo, Scope};
use expect_test::{Expect, expect};

use super::{Kind, Project, Task};

fn project(fixture: &str) -> Project {
    let repo = MemoryRepo::fixture(fixture);
    let change = repo.change(&Scope::All, &Cancel::new()).expect("files");
    let paths: Vec<RelPath> = change.files.into_iter().map(|file| file.path).collect();
    Project::of(&paths, &|path| {
        let text = repo.text(path, &At::Worktree).ok()??;
        Some(text.as_str().to_owned())
    })
}

fn told(project: &Project) -> String {
    let mut out = String::new();
    for part in &project.parts {
        let frameworks: Vec<_> = part
            .frameworks
            .iter()
            .map(|framework| framework.name)
            .collect();
        out.push_str(&format!(
            "{} ({}) by {}: {} [{}]\n",
            part.ecosystem,
            part.language,
            part.manager,
            part.manifest,
            frameworks.join(", ")
        ));
        for command in &part.commands {
            let named = command
                .named_by
                .as_deref()
                .map_or(String::new(), |named| format!("  <- {named}"));
            out.push_str(&format!(
                "  {}: {}{named}\n",
                command.task.as_str(),
                command.words.join(" ")
            ));
        }
    }
    out
}

fn check(fixture: &str, expected: &Expect) {
    expected.assert_eq(&told(&project(fixture)));
}

#[test]
fn every_ecosystem_is_known_by_its_manifest() {
    let fixtures: &[(&str, Expect)] = &[
        (
            r##"//- Cargo.toml
[package]
name = "a"
[dependencies]
axum = "0.8"
[dev-dependencies]
proptest = "1"
//- Cargo.lock
//- src/main.rs
fn main() {}
"##,
            expect![[r#"
                Cargo (rust) by cargo: Cargo.toml [axum, proptest]
                  build: cargo build
                  test: cargo test
                  lint: cargo clippy --all-targets --message-format=json
                  lint: cargo check --all-targets --message-format=json
            "#]],
        ),
        (
            r##"//- package.json
{"scripts": {"build": "vite build", "test": "vitest run", "lint": "eslint ."}, "dependencies": {"react": "19"}, "devDependencies": {"vitest": "3", "eslint": "9", "typescript": "5"}}
//- pnpm-lock.yaml
//- tsconfig.json
{}
//- src/a.ts
export const a = 1;
"##,
            expect![[r#"
                npm (javascript) by pnpm: package.json [React, TypeScript, Vitest, ESLint]
                  build: pnpm run build  <- package.json: scripts.build: vite build
                  build: npx --no-install tsc --pretty false
                  test: pnpm run test  <- package.json: scripts.test: vitest run
                  test: npx --no-install vitest run
                  lint: pnpm run lint  <- package.json: scripts.lint: eslint .
                  lint: npx --no-install eslint --format json .
                  lint: npx --no-install tsc --noEmit --pretty false
            "#]],
        ),
        (
            r##"//- package.json
{"packageManager": "yarn@4.1.0", "scripts": {"test": "echo \"Error: no test specified\" && exit 1"}, "devDependencies": {"jest": "29"}}
"##,
            expect![[r#"
                npm (javascript) by yarn: package.json [Jest]
                  test: npx --no-install jest
            "#]],
        ),
        (
            r##"//- deno.json
{"tasks": {"test": "deno test -A"}, "imports": {"@std/assert": "jsr:@std/assert@1"}}
"##,
            expect![[r#"
                Deno (typescript) by deno: deno.json [@std/assert]
                  test: deno task test  <- deno.json: tasks.test: deno test -A
                  test: deno test
                  lint: deno lint
                  lint: deno check .
            "#]],
        ),
        (
            r##"//- pyproject.toml
[project]
dependencies = ["fastapi>=0.110"]
[dependency-groups]
dev = ["pytest", "ruff", "mypy"]
//- setup.py
import setuptools
//- uv.lock
"##,
            expect![[r#"
                Python (python) by uv: pyproject.toml [FastAPI, pytest, Ruff, mypy]
                  build: uv run python -m build
                  test: uv run python -m pytest
                  test: uv run python -m unittest
                  lint: uv run ruff check --output-format=sarif
                  lint: uv run mypy .
            "#]],
        ),
        (
            r##"//- requirements.txt
Flask==3.0
//- requirements-dev.txt
pytest
"##,
            expect![[r#"
                Python (python) by pip: requirements.txt [Flask, pytest]
                  build: python -m build
                  test: python -m pytest
                  test: python -m unittest
            "#]],
        ),
        (
            r##"//- Pipfile
[packages]
Django = "*"
django = "*"
//- Pipfile.lock
{}"##,
            expect![[r#"
                Python (python) by pipenv: Pipfile [Django]
                  build: pipenv run python -m build
                  test: pipenv run python -m unittest
            "#]],
        ),
        (
            r##"//- go.mod
module x
require (
	github.com/go-chi/chi v1
	github.com/stretchr/testify v1.9.0
)
//- .golangci.yml
"##,
            expect![[r#"
                Go (go) by go: go.mod [chi, testify, golangci-lint]
                  build: go build ./...
                  test: go test ./...
                  lint: golangci-lint run
                  lint: go vet ./...
            "#]],
        ),
        (
            r##"//- pom.xml
<project><parent><artifactId>spring-boot-starter-parent</artifactId></parent><dependency><artifactId>junit-jupiter</artifactId></dependency></project>
//- mvnw
#!/bin/sh
"##,
            expect![[r#"
                Maven (java) by mvnw: pom.xml [Spring Boot, JUnit 5]
                  build: ./mvnw -q compile
                  build: mvn -q compile
                  test: ./mvnw -q test
                  test: mvn -q test
            "#]],
        ),
        (
            r##"//- build.gradle.kts
plugins { kotlin("jvm") version "2.0" }
tasks.test { useJUnitPlatform() }
//- gradlew
"##,
            expect![[r#"
                Gradle (java) by gradlew: build.gradle.kts [Kotlin, JUnit 5]
                  build: ./gradlew assemble
                  build: gradle assemble
                  test: ./gradlew test
                  test: gradle test
            "#]],
        ),
        (
            r##"//- App.sln
//- src/App/App.csproj
<Project Sdk="Microsoft.NET.Sdk.Web"><PackageReference Include="xunit" /></Project>
"##,
            expect![[r#"
                .NET (csharp) by dotnet: App.sln []
                  build: dotnet build
                  test: dotnet test
                  lint: dotnet format --verify-no-changes
                .NET (csharp) by dotnet: src/App/App.csproj [ASP.NET Core, xUnit]
                  build: dotnet build
                  test: dotnet test
                  lint: dotnet format --verify-no-changes
            "#]],
        ),
        (
            r##"//- Gemfile
gem "rails"
gem "rspec-rails"
gem "rubocop"
//- Gemfile.lock
"##,
            expect![[r#"
                Bundler (ruby) by bundle: Gemfile [Rails, RSpec, RuboCop]
                  test: bundle exec rspec
                  test: bundle exec rails test
                  test: bundle exec rake test
                  lint: bundle exec rubocop --format emacs
            "#]],
        ),
        (
            r##"//- composer.json
{"require": {"laravel/framework": "^11"}, "require-dev": {"phpunit/phpunit": "^11"}, "scripts": {"test": ["@php artisan test", "@lint"]}}
"##,
            expect![[r#"
                Composer (php) by composer: composer.json [Laravel, PHPUnit]
                  test: composer run-script test  <- composer.json: scripts.test: @php artisan test && @lint
                  test: vendor/bin/phpunit
            "#]],
        ),
        (
            r##"//- Package.swift
let package = Package(name: "A", targets: [.testTarget(name: "ATests")])
"##,
            expect![[r#"
                SwiftPM (swift) by swift: Package.swift [XCTest]
                  build: swift build
                  test: swift test
            "#]],
        ),
        (
            r##"//- mix.exs
defp deps, do: [{:phoenix, "~> 1.7"}, {:credo, "~> 1.7"}]
"##,
            expect![[r#"
                Mix (elixir) by mix: mix.exs [Phoenix, Credo]
                  build: mix compile
                  test: mix test
                  lint: mix credo --format=flycheck
                  lint: mix compile --warnings-as-errors
            "#]],
        ),
        (
            r##"//- rebar.config
{deps, [cowboy]}.
"##,
            expect![[r#"
                Rebar3 (erlang) by rebar3: rebar.config [Cowboy]
                  build: rebar3 compile
                  test: rebar3 eunit
                  lint: rebar3 dialyzer
            "#]],
        ),
        (
            r##"//- pubspec.yaml
name: a
dependencies:
  flutter:
    sdk: flutter
dev_dependencies:
  flutter_test:
    sdk: flutter
//- .metadata
"##,
            expect![[r#"
                Pub (dart) by flutter: pubspec.yaml [Flutter, flutter_test]
                  test: flutter test
                  test: dart test
                  lint: flutter analyze
                  lint: dart analyze
            "#]],
        ),
        (
            r##"//- build.sbt
libraryDependencies += "org.scalatest" %% "scalatest" % "3" % Test
"##,
            expect![[r#"
                sbt (scala) by sbt: build.sbt [ScalaTest]
                  build: sbt compile
                  test: sbt test
            "#]],
        ),
        (
            r##"//- build.mill
def ivyDeps = Agg(ivy"org.scalameta::munit::1.0")
"##,
            expect![[r#"
                Mill (scala) by mill: build.mill [MUnit]
                  build: mill __.compile
                  test: mill __.test
            "#]],
        ),
        (
            r##"//- a.cabal
build-depends: base, hspec
//- stack.yaml
"##,
            expect![[r#"
                Cabal (haskell) by stack: a.cabal [Hspec]
                  build: stack build
                  build: cabal build all
                  test: stack test
                  test: cabal test all
            "#]],
        ),
        (
            r##"//- project.clj
(defproject a "1" :dependencies [[ring "1.9"]])
"##,
            expect![[r#"
                Leiningen (clojure) by lein: project.clj [Ring]
                  build: lein compile
                  test: lein test
            "#]],
        ),
        (
            r##"//- deps.edn
{:aliases {:test {:extra-deps {lambdaisland/kaocha {}}}}}
"##,
            expect![[r#"
                Clojure CLI (clojure) by clojure: deps.edn [Kaocha]
                  test: clojure -M:test
            "#]],
        ),
        (
            r##"//- CMakeLists.txt
project(a)
find_package(GTest REQUIRED)
//- vcpkg.json
{}"##,
            expect![[r#"
                CMake (cpp) by vcpkg: CMakeLists.txt [GoogleTest]
                  build: cmake --build build
                  test: ctest --test-dir build --output-on-failure
            "#]],
        ),
        (
            r##"//- meson.build
project('a', 'c')
dependency('cmocka')
//- src/meson.build
sources = files('a.c')
"##,
            expect![[r#"
                Meson (c) by meson: meson.build [cmocka]
                  build: meson compile -C build
                  test: meson test -C build
            "#]],
        ),
        (
            r##"//- configure.ac
AC_INIT([a], [1])
"##,
            expect![[r#"
                Autotools (c) by make: configure.ac []
                  build: make
                  test: make check
            "#]],
        ),
        (
            r##"//- MODULE.bazel
bazel_dep(name = "rules_go")
"##,
            expect![[r#"
                Bazel (starlark) by bazel: MODULE.bazel [rules_go]
                  build: bazel build //...
                  test: bazel test //...
            "#]],
        ),
        (
            r##"//- build.zig
pub fn build(b: *std.Build) void {}
"##,
            expect![[r#"
                Zig (zig) by zig: build.zig []
                  build: zig build
                  test: zig build test
            "#]],
        ),
        (
            r##"//- dune-project
(lang dune 3.0)
(package (name a) (depends alcotest))
"##,
            expect![[r#"
                Dune (ocaml) by opam: dune-project [Alcotest]
                  build: dune build
                  test: dune test
            "#]],
        ),
        (
            r##"//- Project.toml
[deps]
Flux = "587475ba"
"##,
            expect![[r#"
                Julia (julia) by julia: Project.toml [Flux]
                  test: julia --project -e using(Pkg);Pkg.test()
            "#]],
        ),
        (
            r##"//- DESCRIPTION
Package: a
Suggests: testthat
"##,
            expect![[r#"
                R (r) by R: DESCRIPTION [testthat]
                  build: R CMD build .
                  test: Rscript -e testthat::test_local()
            "#]],
        ),
        (
            r##"//- shard.yml
name: a
dependencies:
  kemal:
    github: kemalcr/kemal
"##,
            expect![[r#"
                Crystal (crystal) by shards: shard.yml [Kemal]
                  build: shards build
                  test: crystal spec
            "#]],
        ),
        (
            r##"//- a.nimble
version = "1"
"##,
            expect![[r#"
                Nimble (nim) by nimble: a.nimble []
                  build: nimble build
                  test: nimble test
            "#]],
        ),
        (
            r##"//- gleam.toml
name = "a"
[dev-dependencies]
gleeunit = "1"
"##,
            expect![[r#"
                Gleam (gleam) by gleam: gleam.toml [gleeunit]
                  build: gleam build
                  test: gleam test
                  lint: gleam check
            "#]],
        ),
        (
            r##"//- elm.json
{"test-dependencies": {"direct": {"elm-explorations/test": "2"}}}
"##,
            expect![[r#"
                Elm (elm) by elm: elm.json [elm-test]
                  test: npx --no-install elm-test
            "#]],
        ),
        (
            r##"//- a-1.rockspec
dependencies = {}
//- .busted
"##,
            expect![[r#"
                LuaRocks (lua) by luarocks: a-1.rockspec [busted]
                  test: busted
            "#]],
        ),
        (
            r##"//- cpanfile
requires 'Mojolicious';
on test => sub { requires 'Test::More' };
"##,
            expect![[r#"
                CPAN (perl) by cpanm: cpanfile [Mojolicious, Test::More]
                  test: prove -lr t
            "#]],
        ),
        (
            r##"//- foundry.toml
[profile.default]
"##,
            expect![[r#"
                Foundry (solidity) by forge: foundry.toml []
                  build: forge build
                  test: forge test
            "#]],
        ),
        (
            r##"//- versions.tf
terraform { required_providers { aws = { source = "hashicorp/aws" } } }
//- .tflint.hcl
"##,
            expect![[r#"
                Terraform (hcl) by terraform: versions.tf [AWS, TFLint]
                  test: terraform test
                  lint: tflint --format compact
                  lint: terraform validate
            "#]],
        ),
        (
            r##"//- Chart.yaml
name: a
"##,
            expect![[r#"
                Helm (yaml) by helm: Chart.yaml []
                  lint: helm lint
            "#]],
        ),
        (
            r##"//- flake.nix
{ outputs = _: {}; }
"##,
            expect![[r#"
                Nix (nix) by nix: flake.nix []
                  build: nix build
                  test: nix flake check
            "#]],
        ),
        (
            r##"//- Makefile
CC := gcc
.PHONY: test lint
build: main.o
	$(CC) -o main main.o
test:
	@./run-tests.sh
%.o: %.c
	cc -c $<
"##,
            expect![[r#"
                Make (make) by make: Makefile []
                  build: make build  <- Makefile.build: $(CC) -o main main.o
                  test: make test  <- Makefile.test: ./run-tests.sh
            "#]],
        ),
        (
            r##"//- justfile
test:
    cargo nextest run
lint:
    cargo clippy
"##,
            expect![[r#"
                just (just) by just: justfile []
                  test: just test  <- justfile.test: cargo nextest run
                  lint: just lint  <- justfile.lint: cargo clippy
            "#]],
        ),
    ];
    for (fixture, expected) in fixtures {
        check(fixture, expected);
    }
    assert_eq!(fixtures.len(), 42);
}

#[test]
fn every_row_of_the_table_has_its_fixture() {
    let source = include_str!("tests.rs");
    for row in super::ecosystems::ECOSYSTEMS {
        assert!(
            source.contains(&format!("{} ({}) by ", row.name, row.language)),
            "{}",
            row.name
        );
    }
    assert!(super::ecosystems::ECOSYSTEMS.len() >= 15);
}

#[test]
fn parts_lie_where_their_manifests_do_and_copies_of_others_are_none() {
    let project = project(
        "//- web/package.json\n{\"devDependencies\": {\"vitest\": \"3\"}}\n//- web/src/a.ts\nx\n\
         //- Cargo.toml\n[package]\n//- crates/a/Cargo.toml\n[package]\n[dev-dependencies]\nrstest = \"1\"\n\
         //- web/node_modules/b/package.json\n{}\n//- tests/fixtures/c/go.mod\nmodule c\n\
         //- a/b/c/d/e/f/go.mod\nmodule deep\n//- broken/package.json\n{\n//- .github/workflows/ci.yml\non: push\n\
         //- src/main.rs\nfn main() {}\n//- src/lib.rs\n",
    );
    let folders: Vec<_> = project
        .parts
        .iter()
        .map(|part| (part.ecosystem, part.folder.as_str()))
        .collect();
    assert_eq!(
        folders,
        [
            ("Cargo", ""),
            ("npm", "broken"),
            ("npm", "web"),
            ("Cargo", "crates/a")
        ]
    );
    let languages: Vec<_> = project
        .languages
        .iter()
        .map(|(name, files)| (name.as_str(), *files))
        .collect();
    assert_eq!(languages, [("rust", 2), ("typescript", 1)]);
    assert_eq!(project.ci[0].name, "GitHub Actions");
    let path = |path: &str| RelPath::new(path).expect("a path");
    assert_eq!(
        project.test_framework(&path("web/src/a.ts"), "typescript"),
        Some("Vitest")
    );
    assert_eq!(
        project.test_framework(&path("crates/a/src/lib.rs"), "rust"),
        Some("rstest")
    );
    assert_eq!(project.test_framework(&path("src/lib.rs"), "rust"), None);
    assert_eq!(project.part_of(&path("src/x.go"), "go"), None);
    let tests: Vec<_> = project
        .commands(Task::Test)
        .map(|(part, command)| (part.folder.as_str(), command.words[0].as_str()))
        .collect();
    assert_eq!(
        tests,
        [("", "cargo"), ("web", "npx"), ("crates/a", "cargo")]
    );
    let likeliest: Vec<_> = project
        .likeliest(Task::Test)
        .iter()
        .map(|(part, _)| part.folder.as_str())
        .collect();
    assert_eq!(
        likeliest,
        ["", "web"],
        "a member is tested with its workspace"
    );
    assert!(
        project.parts[2]
            .frameworks
            .iter()
            .all(|framework| framework.kind == Kind::Test)
    );
}

#[test]
fn nothing_is_nothing() {
    assert_eq!(project("//- README.md\n# A\n"), Project::default());
}
