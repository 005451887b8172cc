//! The table of ecosystems: manifests, package managers, frameworks, and the usual commands.
//!
//! One row for each ecosystem, in the order in which they are told; what is not in a row is not known. A needle that
//! begins with `file:` is the beginning of the name of a file beside the manifest, any other a word in its text.

use super::{Command, Framework, Kind, Task};

/// A row.
#[derive(Debug)]
pub(super) struct Ecosystem {
    pub(super) name: &'static str,
    pub(super) language: &'static str,
    /// Names of manifests, the one that says most first; `*` stands for anything at the beginning.
    manifests: &'static [&'static str],
    /// Other files whose text tells of frameworks.
    beside: &'static [&'static str],
    /// A word that the manifest must hold, where its name alone says too little.
    needs: &'static str,
    /// Package managers and the file that tells of each; the last is meant where none does.
    managers: &'static [(&'static str, &'static str)],
    frameworks: &'static [(&'static str, &'static str, Kind)],
    /// A task; what it wants (a framework, `manager:NAME`, `file:NAME`, nothing); the command.
    usual: &'static [(Task, &'static str, &'static str)],
}

impl Ecosystem {
    /// Whether a file of this name is a manifest of the ecosystem.
    pub(super) fn owns(&self, name: &str) -> bool {
        self.manifests.iter().any(|manifest| fits(manifest, name))
    }

    /// Which of several manifests of one folder it is told by: the smallest.
    pub(super) fn rank(&self, name: &str) -> usize {
        let manifests = self.manifests.iter();
        let mut manifests = manifests.enumerate();
        let found = manifests.find(|(_, manifest)| fits(manifest, name));
        found.map_or(usize::MAX, |(at, _)| at)
    }

    /// Whether a file of this name tells of frameworks too.
    pub(super) fn says(&self, name: &str) -> bool {
        self.beside.iter().any(|beside| fits(beside, name))
    }

    /// Whether this is what its name says.
    pub(super) fn confirmed(&self, text: &str) -> bool {
        text.contains(self.needs)
    }

    /// The package manager in use.
    pub(super) fn manager(&self, beside: &[&str], text: &str) -> &'static str {
        // `"packageManager": "pnpm@9"` is the manifest's own word for it.
        let named = self.managers.iter().find(|(name, _)| {
            text.contains("\"packageManager\"") && text.contains(&format!("\"{name}@"))
        });
        let told = || {
            let mut managers = self.managers.iter();
            managers.find(|(_, lock)| lock.is_empty() || beside.contains(lock))
        };
        named.or_else(told).map_or("", |(name, _)| name)
    }

    /// The frameworks that the text or the files beside tell of, each once.
    pub(super) fn frameworks(&self, text: &str, beside: &[&str]) -> Vec<Framework> {
        // In Python's packages `Flask` and `flask` are the same.
        let lower = (self.name == "Python").then(|| text.to_lowercase());
        let text = lower.as_deref().unwrap_or(text);
        let mut found: Vec<Framework> = Vec::new();
        for (needle, name, kind) in self.frameworks {
            let is_there = match needle.strip_prefix("file:") {
                Some(file) => beside.iter().any(|name| name.starts_with(file)),
                None => holds(text, needle),
            };
            if is_there && !found.iter().any(|known| known.name == *name) {
                found.push(Framework { name, kind: *kind });
            }
        }
        found
    }

    /// The usual commands that fit.
    pub(super) fn usual(
        &self,
        manager: &str,
        frameworks: &[Framework],
        beside: &[&str],
    ) -> Vec<Command> {
        let fits = |wants: &str| match (wants.strip_prefix("manager:"), wants.strip_prefix("file:"))
        {
            _ if wants.is_empty() => true,
            (Some(name), _) => manager == name,
            (_, Some(file)) => beside.contains(&file),
            _ => frameworks.iter().any(|framework| framework.name == wants),
        };
        let usual = self.usual.iter().filter(|(_, wants, _)| fits(wants));
        // What is installed in an environment of the project's own is started through its manager.
        let through: &[&str] = match manager {
            "uv" => &["uv", "run"],
            "poetry" => &["poetry", "run"],
            "pdm" => &["pdm", "run"],
            "pipenv" => &["pipenv", "run"],
            _ => &[],
        };
        usual
            .map(|(task, _, line)| Command {
                task: *task,
                words: through
                    .iter()
                    .copied()
                    .chain(line.split(' '))
                    .map(str::to_owned)
                    .collect(),
                named_by: None,
            })
            .collect()
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(end) => name.len() > end.len() && name.ends_with(end),
        None => pattern == name,
    }
}

/// Whether the text holds the needle as a word of its own: `test` is not in `latest`.
fn holds(text: &str, needle: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let word =
        |c: Option<char>, edge: Option<char>| !edge.is_some_and(is_part) || !c.is_some_and(is_part);
    text.match_indices(needle).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        word(before, needle.chars().next()) && word(after, needle.chars().next_back())
    })
}

/// The rows.
#[rustfmt::skip]
pub(super) const ECOSYSTEMS: &[Ecosystem] = &[
    Ecosystem {
        name: "Cargo", language: "rust", manifests: &["Cargo.toml"], beside: &[], needs: "",
        managers: &[("cargo", "")],
        frameworks: &[
            ("axum", "axum", Kind::Product), ("actix-web", "Actix Web", Kind::Product),
            ("rocket", "Rocket", Kind::Product), ("warp", "warp", Kind::Product), ("tokio", "Tokio", Kind::Product),
            ("bevy", "Bevy", Kind::Product), ("leptos", "Leptos", Kind::Product), ("tauri", "Tauri", Kind::Product),
            ("diesel", "Diesel", Kind::Product), ("sqlx", "SQLx", Kind::Product), ("clap", "clap", Kind::Product),
            ("tower-lsp", "tower-lsp", Kind::Product), ("rstest", "rstest", Kind::Test),
            ("proptest", "proptest", Kind::Test), ("insta", "insta", Kind::Test),
            ("expect-test", "expect-test", Kind::Test), ("criterion", "Criterion", Kind::Test),
            ("file:clippy.toml", "Clippy", Kind::Lint), ("file:.clippy.toml", "Clippy", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "cargo build"), (Task::Test, "", "cargo test"),
            (Task::Lint, "", "cargo clippy --all-targets --message-format=json"),
            (Task::Lint, "", "cargo check --all-targets --message-format=json"),
        ],
    },
    Ecosystem {
        name: "npm", language: "javascript", manifests: &["package.json"], beside: &[], needs: "",
        managers: &[("pnpm", "pnpm-lock.yaml"), ("yarn", "yarn.lock"), ("bun", "bun.lockb"), ("bun", "bun.lock"), ("npm", "")],
        frameworks: &[
            ("\"react\"", "React", Kind::Product), ("\"next\"", "Next.js", Kind::Product),
            ("\"vue\"", "Vue", Kind::Product), ("\"nuxt\"", "Nuxt", Kind::Product),
            ("\"svelte\"", "Svelte", Kind::Product), ("\"@angular/core\"", "Angular", Kind::Product),
            ("\"solid-js\"", "Solid", Kind::Product), ("\"express\"", "Express", Kind::Product),
            ("\"fastify\"", "Fastify", Kind::Product), ("\"@nestjs/core\"", "NestJS", Kind::Product),
            ("\"koa\"", "Koa", Kind::Product), ("\"electron\"", "Electron", Kind::Product),
            ("\"prisma\"", "Prisma", Kind::Product), ("\"typescript\"", "TypeScript", Kind::Product),
            ("\"vitest\"", "Vitest", Kind::Test), ("\"jest\"", "Jest", Kind::Test),
            ("\"mocha\"", "Mocha", Kind::Test), ("\"ava\"", "AVA", Kind::Test), ("\"tap\"", "tap", Kind::Test),
            ("\"jasmine\"", "Jasmine", Kind::Test), ("\"@playwright/test\"", "Playwright", Kind::Test),
            ("\"cypress\"", "Cypress", Kind::Test), ("node --test", "node:test", Kind::Test),
            ("\"eslint\"", "ESLint", Kind::Lint), ("file:eslint.config.", "ESLint", Kind::Lint),
            ("file:.eslintrc", "ESLint", Kind::Lint), ("\"@biomejs/biome\"", "Biome", Kind::Lint),
            ("file:biome.json", "Biome", Kind::Lint), ("\"prettier\"", "Prettier", Kind::Lint),
        ],
        usual: &[
            (Task::Test, "Vitest", "npx --no-install vitest run"), (Task::Test, "Jest", "npx --no-install jest"),
            (Task::Test, "Mocha", "npx --no-install mocha"), (Task::Test, "AVA", "npx --no-install ava"),
            (Task::Test, "node:test", "node --test"),
            (Task::Lint, "ESLint", "npx --no-install eslint --format json ."),
            (Task::Lint, "Biome", "npx --no-install biome lint --reporter=github"),
            (Task::Lint, "file:tsconfig.json", "npx --no-install tsc --noEmit --pretty false"),
            (Task::Build, "file:tsconfig.json", "npx --no-install tsc --pretty false"),
        ],
    },
    Ecosystem {
        name: "Deno", language: "typescript", manifests: &["deno.json", "deno.jsonc"], beside: &[], needs: "",
        managers: &[("deno", "")],
        frameworks: &[
            ("@std/assert", "@std/assert", Kind::Test), ("@std/testing", "@std/testing", Kind::Test),
            ("fresh", "Fresh", Kind::Product), ("oak", "Oak", Kind::Product),
        ],
        usual: &[
            (Task::Test, "", "deno test"), (Task::Lint, "", "deno lint"), (Task::Lint, "", "deno check ."),
        ],
    },
    Ecosystem {
        name: "Python", language: "python", manifests: &["pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "requirements.txt", "environment.yml"], beside: &["requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt", "test-requirements.txt", "requirements-test.txt", "tox.ini"], needs: "",
        managers: &[("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pdm", "pdm.lock"), ("pipenv", "Pipfile.lock"), ("pipenv", "Pipfile"), ("conda", "environment.yml"), ("pip", "")],
        frameworks: &[
            ("django", "Django", Kind::Product), ("flask", "Flask", Kind::Product),
            ("fastapi", "FastAPI", Kind::Product), ("starlette", "Starlette", Kind::Product),
            ("aiohttp", "aiohttp", Kind::Product), ("sqlalchemy", "SQLAlchemy", Kind::Product),
            ("pydantic", "Pydantic", Kind::Product), ("numpy", "NumPy", Kind::Product),
            ("pandas", "pandas", Kind::Product), ("torch", "PyTorch", Kind::Product),
            ("tensorflow", "TensorFlow", Kind::Product), ("click", "Click", Kind::Product),
            ("pytest", "pytest", Kind::Test), ("file:pytest.ini", "pytest", Kind::Test),
            ("file:conftest.py", "pytest", Kind::Test), ("nose2", "nose2", Kind::Test),
            ("hypothesis", "Hypothesis", Kind::Test), ("unittest", "unittest", Kind::Test),
            ("file:tox.ini", "tox", Kind::Test), ("ruff", "Ruff", Kind::Lint),
            ("file:ruff.toml", "Ruff", Kind::Lint), ("file:.ruff.toml", "Ruff", Kind::Lint),
            ("flake8", "Flake8", Kind::Lint), ("file:.flake8", "Flake8", Kind::Lint), ("mypy", "mypy", Kind::Lint),
            ("file:mypy.ini", "mypy", Kind::Lint), ("pyright", "Pyright", Kind::Lint),
            ("pylint", "Pylint", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "python -m build"), (Task::Test, "pytest", "python -m pytest"),
            (Task::Test, "", "python -m unittest"), (Task::Lint, "Ruff", "ruff check --output-format=sarif"),
            (Task::Lint, "mypy", "mypy ."), (Task::Lint, "Flake8", "flake8"),
            (Task::Lint, "Pylint", "pylint --recursive=y ."),
        ],
    },
    Ecosystem {
        name: "Go", language: "go", manifests: &["go.mod"], beside: &[], needs: "",
        managers: &[("go", "")],
        frameworks: &[
            ("github.com/gin-gonic/gin", "Gin", Kind::Product), ("github.com/labstack/echo", "Echo", Kind::Product),
            ("github.com/go-chi/chi", "chi", Kind::Product), ("github.com/gofiber/fiber", "Fiber", Kind::Product),
            ("gorm.io/gorm", "GORM", Kind::Product), ("github.com/spf13/cobra", "Cobra", Kind::Product),
            ("google.golang.org/grpc", "gRPC", Kind::Product),
            ("github.com/stretchr/testify", "testify", Kind::Test), ("github.com/onsi/ginkgo", "Ginkgo", Kind::Test),
            ("github.com/google/go-cmp", "go-cmp", Kind::Test), ("file:.golangci.y", "golangci-lint", Kind::Lint),
            ("file:.golangci.toml", "golangci-lint", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "go build ./..."), (Task::Test, "", "go test ./..."),
            (Task::Lint, "golangci-lint", "golangci-lint run"), (Task::Lint, "", "go vet ./..."),
        ],
    },
    Ecosystem {
        name: "Maven", language: "java", manifests: &["pom.xml"], beside: &[], needs: "",
        managers: &[("mvnw", "mvnw"), ("mvn", "")],
        frameworks: &[
            ("org.springframework.boot", "Spring Boot", Kind::Product),
            ("spring-boot-starter-parent", "Spring Boot", Kind::Product), ("quarkus", "Quarkus", Kind::Product),
            ("micronaut", "Micronaut", Kind::Product), ("hibernate", "Hibernate", Kind::Product),
            ("junit-jupiter", "JUnit 5", Kind::Test), ("org.junit.jupiter", "JUnit 5", Kind::Test),
            ("junit", "JUnit", Kind::Test), ("testng", "TestNG", Kind::Test), ("mockito", "Mockito", Kind::Test),
            ("assertj", "AssertJ", Kind::Test), ("spotbugs-maven-plugin", "SpotBugs", Kind::Lint),
            ("maven-checkstyle-plugin", "Checkstyle", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "manager:mvnw", "./mvnw -q compile"), (Task::Build, "", "mvn -q compile"),
            (Task::Test, "manager:mvnw", "./mvnw -q test"), (Task::Test, "", "mvn -q test"),
            (Task::Lint, "Checkstyle", "mvn -q checkstyle:check"),
        ],
    },
    Ecosystem {
        name: "Gradle", language: "java", manifests: &["build.gradle.kts", "build.gradle"], beside: &["settings.gradle", "settings.gradle.kts"], needs: "",
        managers: &[("gradlew", "gradlew"), ("gradle", "")],
        frameworks: &[
            ("org.springframework.boot", "Spring Boot", Kind::Product), ("io.ktor", "Ktor", Kind::Product),
            ("com.android.application", "Android", Kind::Product), ("com.android.library", "Android", Kind::Product),
            ("kotlin(\"jvm\")", "Kotlin", Kind::Product), ("org.jetbrains.kotlin", "Kotlin", Kind::Product),
            ("useJUnitPlatform", "JUnit 5", Kind::Test), ("junit-jupiter", "JUnit 5", Kind::Test),
            ("junit", "JUnit", Kind::Test), ("kotest", "Kotest", Kind::Test), ("mockk", "MockK", Kind::Test),
            ("spock", "Spock", Kind::Test), ("detekt", "detekt", Kind::Lint), ("ktlint", "ktlint", Kind::Lint),
            ("spotless", "Spotless", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "manager:gradlew", "./gradlew assemble"), (Task::Build, "", "gradle assemble"),
            (Task::Test, "manager:gradlew", "./gradlew test"), (Task::Test, "", "gradle test"),
            (Task::Lint, "detekt", "./gradlew detekt"),
        ],
    },
    Ecosystem {
        name: ".NET", language: "csharp", manifests: &["*.sln", "*.slnx", "*.csproj", "*.fsproj", "*.vbproj"], beside: &[], needs: "",
        managers: &[("dotnet", "")],
        frameworks: &[
            ("Microsoft.NET.Sdk.Web", "ASP.NET Core", Kind::Product),
            ("Microsoft.EntityFrameworkCore", "Entity Framework Core", Kind::Product),
            ("xunit", "xUnit", Kind::Test), ("NUnit", "NUnit", Kind::Test), ("MSTest", "MSTest", Kind::Test),
            ("Moq", "Moq", Kind::Test), ("FluentAssertions", "FluentAssertions", Kind::Test),
            ("StyleCop.Analyzers", "StyleCop", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "dotnet build"), (Task::Test, "", "dotnet test"),
            (Task::Lint, "", "dotnet format --verify-no-changes"),
        ],
    },
    Ecosystem {
        name: "Bundler", language: "ruby", manifests: &["Gemfile", "*.gemspec"], beside: &[], needs: "",
        managers: &[("bundle", "")],
        frameworks: &[
            ("rails", "Rails", Kind::Product), ("sinatra", "Sinatra", Kind::Product),
            ("hanami", "Hanami", Kind::Product), ("sidekiq", "Sidekiq", Kind::Product),
            ("rspec", "RSpec", Kind::Test), ("rspec-rails", "RSpec", Kind::Test),
            ("file:.rspec", "RSpec", Kind::Test), ("minitest", "Minitest", Kind::Test),
            ("test-unit", "test-unit", Kind::Test), ("rubocop", "RuboCop", Kind::Lint),
            ("file:.rubocop.yml", "RuboCop", Kind::Lint), ("standard", "Standard", Kind::Lint),
        ],
        usual: &[
            (Task::Test, "RSpec", "bundle exec rspec"), (Task::Test, "Rails", "bundle exec rails test"),
            (Task::Test, "", "bundle exec rake test"), (Task::Lint, "RuboCop", "bundle exec rubocop --format emacs"),
            (Task::Lint, "Standard", "bundle exec standardrb"),
        ],
    },
    Ecosystem {
        name: "Composer", language: "php", manifests: &["composer.json"], beside: &[], needs: "",
        managers: &[("composer", "")],
        frameworks: &[
            ("laravel/framework", "Laravel", Kind::Product), ("symfony/framework-bundle", "Symfony", Kind::Product),
            ("slim/slim", "Slim", Kind::Product), ("phpunit/phpunit", "PHPUnit", Kind::Test),
            ("pestphp/pest", "Pest", Kind::Test), ("file:phpunit.xml", "PHPUnit", Kind::Test),
            ("phpstan/phpstan", "PHPStan", Kind::Lint), ("vimeo/psalm", "Psalm", Kind::Lint),
            ("squizlabs/php_codesniffer", "PHP_CodeSniffer", Kind::Lint),
        ],
        usual: &[
            (Task::Test, "Pest", "vendor/bin/pest"), (Task::Test, "PHPUnit", "vendor/bin/phpunit"),
            (Task::Lint, "PHPStan", "vendor/bin/phpstan analyse --error-format=raw --no-progress"),
            (Task::Lint, "Psalm", "vendor/bin/psalm --output-format=emacs"),
            (Task::Lint, "PHP_CodeSniffer", "vendor/bin/phpcs --report=emacs"),
        ],
    },
    Ecosystem {
        name: "SwiftPM", language: "swift", manifests: &["Package.swift"], beside: &[], needs: "",
        managers: &[("swift", "")],
        frameworks: &[
            ("vapor", "Vapor", Kind::Product), ("swift-nio", "SwiftNIO", Kind::Product),
            (".testTarget", "XCTest", Kind::Test), ("swift-testing", "Swift Testing", Kind::Test),
            ("Quick", "Quick", Kind::Test), ("file:.swiftlint.yml", "SwiftLint", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "swift build"), (Task::Test, "", "swift test"),
            (Task::Lint, "SwiftLint", "swiftlint lint"),
        ],
    },
    Ecosystem {
        name: "Mix", language: "elixir", manifests: &["mix.exs"], beside: &[], needs: "",
        managers: &[("mix", "")],
        frameworks: &[
            (":phoenix", "Phoenix", Kind::Product), (":ecto", "Ecto", Kind::Product),
            ("ExUnit", "ExUnit", Kind::Test), (":stream_data", "StreamData", Kind::Test),
            (":credo", "Credo", Kind::Lint), (":dialyxir", "Dialyxir", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "mix compile"), (Task::Test, "", "mix test"),
            (Task::Lint, "Credo", "mix credo --format=flycheck"),
            (Task::Lint, "", "mix compile --warnings-as-errors"),
        ],
    },
    Ecosystem {
        name: "Rebar3", language: "erlang", manifests: &["rebar.config"], beside: &[], needs: "",
        managers: &[("rebar3", "")],
        frameworks: &[
            ("cowboy", "Cowboy", Kind::Product), ("eunit", "EUnit", Kind::Test), ("proper", "PropEr", Kind::Test),
        ],
        usual: &[
            (Task::Build, "", "rebar3 compile"), (Task::Test, "", "rebar3 eunit"),
            (Task::Lint, "", "rebar3 dialyzer"),
        ],
    },
    Ecosystem {
        name: "Pub", language: "dart", manifests: &["pubspec.yaml"], beside: &[], needs: "",
        managers: &[("flutter", ".metadata"), ("dart", "")],
        frameworks: &[
            ("flutter", "Flutter", Kind::Product), ("riverpod", "Riverpod", Kind::Product),
            ("flutter_test", "flutter_test", Kind::Test), ("test", "test", Kind::Test),
            ("mocktail", "mocktail", Kind::Test), ("flutter_lints", "flutter_lints", Kind::Lint),
            ("lints", "lints", Kind::Lint),
        ],
        usual: &[
            (Task::Test, "Flutter", "flutter test"), (Task::Test, "", "dart test"),
            (Task::Lint, "Flutter", "flutter analyze"), (Task::Lint, "", "dart analyze"),
        ],
    },
    Ecosystem {
        name: "sbt", language: "scala", manifests: &["build.sbt"], beside: &[], needs: "",
        managers: &[("sbt", "")],
        frameworks: &[
            ("play", "Play", Kind::Product), ("akka", "Akka", Kind::Product),
            ("cats-effect", "Cats Effect", Kind::Product), ("zio", "ZIO", Kind::Product),
            ("scalatest", "ScalaTest", Kind::Test), ("munit", "MUnit", Kind::Test), ("specs2", "specs2", Kind::Test),
            ("file:.scalafix.conf", "Scalafix", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "sbt compile"), (Task::Test, "", "sbt test"),
            (Task::Lint, "Scalafix", "sbt scalafixAll"),
        ],
    },
    Ecosystem {
        name: "Mill", language: "scala", manifests: &["build.mill", "build.sc"], beside: &[], needs: "",
        managers: &[("mill", "")],
        frameworks: &[
            ("munit", "MUnit", Kind::Test), ("utest", "uTest", Kind::Test),
        ],
        usual: &[
            (Task::Build, "", "mill __.compile"), (Task::Test, "", "mill __.test"),
        ],
    },
    Ecosystem {
        name: "Cabal", language: "haskell", manifests: &["cabal.project", "*.cabal"], beside: &[], needs: "",
        managers: &[("stack", "stack.yaml"), ("cabal", "")],
        frameworks: &[
            ("servant", "Servant", Kind::Product), ("yesod", "Yesod", Kind::Product), ("hspec", "Hspec", Kind::Test),
            ("tasty", "Tasty", Kind::Test), ("QuickCheck", "QuickCheck", Kind::Test),
        ],
        usual: &[
            (Task::Build, "manager:stack", "stack build"), (Task::Test, "manager:stack", "stack test"),
            (Task::Build, "", "cabal build all"), (Task::Test, "", "cabal test all"),
            (Task::Lint, "file:.hlint.yaml", "hlint ."),
        ],
    },
    Ecosystem {
        name: "Leiningen", language: "clojure", manifests: &["project.clj"], beside: &[], needs: "",
        managers: &[("lein", "")],
        frameworks: &[
            ("ring", "Ring", Kind::Product), ("compojure", "Compojure", Kind::Product),
            ("midje", "Midje", Kind::Test),
        ],
        usual: &[
            (Task::Build, "", "lein compile"), (Task::Test, "", "lein test"),
        ],
    },
    Ecosystem {
        name: "Clojure CLI", language: "clojure", manifests: &["deps.edn"], beside: &[], needs: "",
        managers: &[("clojure", "")],
        frameworks: &[
            ("kaocha", "Kaocha", Kind::Test),
        ],
        usual: &[
            (Task::Test, "Kaocha", "clojure -M:test"),
        ],
    },
    Ecosystem {
        name: "CMake", language: "cpp", manifests: &["CMakeLists.txt"], beside: &[], needs: "",
        managers: &[("conan", "conanfile.txt"), ("conan", "conanfile.py"), ("vcpkg", "vcpkg.json"), ("cmake", "")],
        frameworks: &[
            ("Qt6", "Qt", Kind::Product), ("Qt5", "Qt", Kind::Product), ("Boost", "Boost", Kind::Product),
            ("GTest", "GoogleTest", Kind::Test), ("gtest", "GoogleTest", Kind::Test),
            ("Catch2", "Catch2", Kind::Test), ("doctest", "doctest", Kind::Test),
            ("file:.clang-tidy", "clang-tidy", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "cmake --build build"), (Task::Test, "", "ctest --test-dir build --output-on-failure"),
        ],
    },
    Ecosystem {
        name: "Meson", language: "c", manifests: &["meson.build"], beside: &[], needs: "project(",
        managers: &[("meson", "")],
        frameworks: &[
            ("gtest", "GoogleTest", Kind::Test), ("cmocka", "cmocka", Kind::Test),
            ("glib-2.0", "GLib", Kind::Product), ("gtk4", "GTK", Kind::Product),
        ],
        usual: &[
            (Task::Build, "", "meson compile -C build"), (Task::Test, "", "meson test -C build"),
        ],
    },
    Ecosystem {
        name: "Autotools", language: "c", manifests: &["configure.ac", "configure.in"], beside: &[], needs: "",
        managers: &[("make", "")],
        frameworks: &[
            ("cmocka", "cmocka", Kind::Test), ("check", "Check", Kind::Test),
        ],
        usual: &[
            (Task::Build, "", "make"), (Task::Test, "", "make check"),
        ],
    },
    Ecosystem {
        name: "Bazel", language: "starlark", manifests: &["MODULE.bazel", "WORKSPACE.bazel", "WORKSPACE"], beside: &[], needs: "",
        managers: &[("bazel", "")],
        frameworks: &[
            ("rules_go", "rules_go", Kind::Product), ("rules_python", "rules_python", Kind::Product),
            ("rules_jvm_external", "rules_jvm_external", Kind::Product), ("googletest", "GoogleTest", Kind::Test),
        ],
        usual: &[
            (Task::Build, "", "bazel build //..."), (Task::Test, "", "bazel test //..."),
        ],
    },
    Ecosystem {
        name: "Zig", language: "zig", manifests: &["build.zig"], beside: &[], needs: "",
        managers: &[("zig", "")],
        frameworks: &[],
        usual: &[
            (Task::Build, "", "zig build"), (Task::Test, "", "zig build test"),
        ],
    },
    Ecosystem {
        name: "Dune", language: "ocaml", manifests: &["dune-project"], beside: &["*.opam"], needs: "",
        managers: &[("opam", "")],
        frameworks: &[
            ("alcotest", "Alcotest", Kind::Test), ("ounit2", "OUnit", Kind::Test), ("lwt", "Lwt", Kind::Product),
        ],
        usual: &[
            (Task::Build, "", "dune build"), (Task::Test, "", "dune test"),
        ],
    },
    Ecosystem {
        name: "Julia", language: "julia", manifests: &["Project.toml"], beside: &[], needs: "[deps]",
        managers: &[("julia", "")],
        frameworks: &[
            ("Test", "Test", Kind::Test), ("Flux", "Flux", Kind::Product),
        ],
        usual: &[
            (Task::Test, "", "julia --project -e using(Pkg);Pkg.test()"),
        ],
    },
    Ecosystem {
        name: "R", language: "r", manifests: &["DESCRIPTION"], beside: &[], needs: "Package:",
        managers: &[("renv", "renv.lock"), ("R", "")],
        frameworks: &[
            ("testthat", "testthat", Kind::Test), ("shiny", "Shiny", Kind::Product), ("lintr", "lintr", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "R CMD build ."), (Task::Test, "testthat", "Rscript -e testthat::test_local()"),
            (Task::Lint, "lintr", "Rscript -e lintr::lint_package()"),
        ],
    },
    Ecosystem {
        name: "Crystal", language: "crystal", manifests: &["shard.yml"], beside: &[], needs: "",
        managers: &[("shards", "")],
        frameworks: &[
            ("kemal", "Kemal", Kind::Product), ("ameba", "Ameba", Kind::Lint),
        ],
        usual: &[
            (Task::Build, "", "shards build"), (Task::Test, "", "crystal spec"), (Task::Lint, "Ameba", "bin/ameba"),
        ],
    },
    Ecosystem {
        name: "Nimble", language: "nim", manifests: &["*.nimble"], beside: &[], needs: "",
        managers: &[("nimble", "")],
        frameworks: &[
            ("unittest", "unittest", Kind::Test),
        ],
        usual: &[
            (Task::Build, "", "nimble build"), (Task::Test, "", "nimble test"),
        ],
    },
    Ecosystem {
        name: "Gleam", language: "gleam", manifests: &["gleam.toml"], beside: &[], needs: "",
        managers: &[("gleam", "")],
        frameworks: &[
            ("gleeunit", "gleeunit", Kind::Test), ("wisp", "Wisp", Kind::Product),
            ("lustre", "Lustre", Kind::Product),
        ],
        usual: &[
            (Task::Build, "", "gleam build"), (Task::Test, "", "gleam test"), (Task::Lint, "", "gleam check"),
        ],
    },
    Ecosystem {
        name: "Elm", language: "elm", manifests: &["elm.json"], beside: &[], needs: "",
        managers: &[("elm", "")],
        frameworks: &[
            ("elm-explorations/test", "elm-test", Kind::Test), ("file:elm-review", "elm-review", Kind::Lint),
        ],
        usual: &[
            (Task::Test, "elm-test", "npx --no-install elm-test"),
        ],
    },
    Ecosystem {
        name: "LuaRocks", language: "lua", manifests: &["*.rockspec"], beside: &[], needs: "",
        managers: &[("luarocks", "")],
        frameworks: &[
            ("busted", "busted", Kind::Test), ("file:.busted", "busted", Kind::Test),
            ("file:.luacheckrc", "Luacheck", Kind::Lint),
        ],
        usual: &[
            (Task::Test, "busted", "busted"), (Task::Lint, "Luacheck", "luacheck --formatter plain ."),
        ],
    },
    Ecosystem {
        name: "CPAN", language: "perl", manifests: &["cpanfile", "Makefile.PL", "Build.PL", "dist.ini"], beside: &[], needs: "",
        managers: &[("carton", "cpanfile.snapshot"), ("cpanm", "")],
        frameworks: &[
            ("Mojolicious", "Mojolicious", Kind::Product), ("Catalyst", "Catalyst", Kind::Product),
            ("Dancer2", "Dancer2", Kind::Product), ("Test::More", "Test::More", Kind::Test),
            ("Test2", "Test2", Kind::Test), ("file:.perlcriticrc", "Perl::Critic", Kind::Lint),
        ],
        usual: &[
            (Task::Test, "", "prove -lr t"), (Task::Lint, "Perl::Critic", "perlcritic lib"),
        ],
    },
    Ecosystem {
        name: "Foundry", language: "solidity", manifests: &["foundry.toml"], beside: &[], needs: "",
        managers: &[("forge", "")],
        frameworks: &[
            ("forge-std", "forge-std", Kind::Test),
        ],
        usual: &[
            (Task::Build, "", "forge build"), (Task::Test, "", "forge test"),
        ],
    },
    Ecosystem {
        name: "Terraform", language: "hcl", manifests: &["main.tf", "versions.tf", "providers.tf", "terraform.tf"], beside: &[], needs: "",
        managers: &[("tofu", ".opentofu-version"), ("terraform", "")],
        frameworks: &[
            ("hashicorp/aws", "AWS", Kind::Product), ("hashicorp/google", "Google Cloud", Kind::Product),
            ("hashicorp/azurerm", "Azure", Kind::Product), ("file:.tflint.hcl", "TFLint", Kind::Lint),
        ],
        usual: &[
            (Task::Test, "", "terraform test"), (Task::Lint, "TFLint", "tflint --format compact"),
            (Task::Lint, "", "terraform validate"),
        ],
    },
    Ecosystem {
        name: "Helm", language: "yaml", manifests: &["Chart.yaml"], beside: &[], needs: "",
        managers: &[("helm", "")],
        frameworks: &[],
        usual: &[
            (Task::Lint, "", "helm lint"),
        ],
    },
    Ecosystem {
        name: "Nix", language: "nix", manifests: &["flake.nix"], beside: &[], needs: "",
        managers: &[("nix", "")],
        frameworks: &[],
        usual: &[
            (Task::Build, "", "nix build"), (Task::Test, "", "nix flake check"),
        ],
    },
    Ecosystem {
        name: "Make", language: "make", manifests: &["GNUmakefile", "makefile", "Makefile"], beside: &[], needs: "",
        managers: &[("make", "")],
        frameworks: &[],
        usual: &[],
    },
    Ecosystem {
        name: "just", language: "just", manifests: &["justfile", "Justfile", ".justfile"], beside: &[], needs: "",
        managers: &[("just", "")],
        frameworks: &[],
        usual: &[],
    },
];
