//! What is gone and still named, and what only looks so.

use crate::analysis::tests::check;

/// A server that reads an environment variable, before and after.
fn reads(new: &str, others: &str) -> String {
    format!(
        "//- old server.py\nimport os\npath = os.environ[\"RATES_DIR\"]\n//- new server.py\nimport os\n{new}\n{others}"
    )
}

#[test]
fn a_variable_that_nobody_reads_is_told_where_it_is_set() {
    check(
        &reads(
            "path = os.environ[\"RATES_FOLDER\"]",
            "//- compose.yml\nservices:\n  web:\n    environment:\n      RATES_DIR: /srv\n//- docs/setup.md\nSet `RATES_DIR` first.\n",
        ),
        &[
            "compose.yml:4 analysis/dangling-name: The environment variable `RATES_DIR` is `RATES_FOLDER` now, and this still names the old one",
            "  docs/setup.md:1 names it too",
        ],
    );
    check(
        &reads("path = None", "//- docs/setup.md\nSet `RATES_DIR` first.\n"),
        &[
            "docs/setup.md:1 analysis/docs-name-what-is-gone: The environment variable `RATES_DIR` is gone, and this still names it",
        ],
    );
}

#[test]
fn a_variable_that_somebody_reads_or_a_page_about_the_past_is_fine() {
    for others in [
        "//- other.py\ndef x():\n    return os.getenv('RATES_DIR')\n//- compose.yml\nenvironment:\n  RATES_DIR: /srv\n",
        "//- other.py\ndef names():\n    return [\"RATES_DIR\"]\n//- compose.yml\nenvironment:\n  RATES_DIR: /srv\n",
        "//- run.sh\nRATES_DIR=/srv\nls $RATES_DIR\n",
        "//- CHANGELOG.md\n- `RATES_DIR` is read\n",
        "//- docs/setup.md\n`RATES_DIR` was removed.\n",
        "//- docs/setup.md\nSet `RATES_DIRECTORY` first.\n",
    ] {
        check(&reads("path = None", others), &[]);
    }
}

#[test]
fn an_option_is_told_in_pages_and_builds() {
    let fixture = |other: &str| {
        format!(
            "//- old cli.py\nparser.add_argument(\"--max-cost\", type=int)\nparser.add_argument(\"--verbose\")\n\
             //- new cli.py\nparser.add_argument(\"--budget-usd\", type=int)\nparser.add_argument(\"--verbose\")\n\
             //- .github/workflows/ci.yml\njobs:\n  a:\n    run: tool --max-cost 2\n{other}"
        )
    };
    check(
        &fixture(""),
        &[
            ".github/workflows/ci.yml:3 analysis/dangling-name: The option `--max-cost` is `--budget-usd` now, and this still names the old one",
        ],
    );
    check(
        &fixture("//- other.py\ndef add(parser):\n    parser.add_argument(\"--max-cost\")\n"),
        &[],
    );
}

#[test]
fn a_script_and_a_target_are_told_where_they_are_run() {
    check(
        "\
//- old package.json
{
  \"scripts\": {
    \"lint\": \"eslint .\",
    \"test\": \"mocha\"
  }
}
//- new package.json
{
  \"scripts\": {
    \"test\": \"mocha\"
  }
}
//- .github/workflows/ci.yml
steps:
  - run: npm run lint
  - run: npm run lint:fix
//- CONTRIBUTING.md
Run `npm run lint` first.
",
        &[
            ".github/workflows/ci.yml:2 analysis/dangling-name: The script `lint` is gone, and this still names it",
            "  CONTRIBUTING.md:1 names it too",
        ],
    );
    check(
        "\
//- old Makefile
check-all:
\techo a
build:
\techo b
//- new Makefile
check-everything:
\techo a
build:
\techo b
//- README.md
To make check-all happy:

    make check-all
",
        &[
            "README.md:3 analysis/docs-name-what-is-gone: The target `check-all` is `check-everything` now, and this still names the old one",
        ],
    );
}

#[test]
fn a_feature_a_route_and_a_translation_are_told_in_code() {
    check(
        "\
//- old Cargo.toml
[features]
fast = []
//- new Cargo.toml
[features]
slow = []
other = []
//- src/lib.rs
#[cfg(feature = \"fast\")]
mod fast;
",
        &[
            "src/lib.rs:1 analysis/dangling-name: The feature `fast` is gone, and this still names it",
        ],
    );
    check(
        "\
//- old server.js
app.get(\"/api/rates\", list);
app.get(\"/api/orders\", list);
//- new server.js
app.get(\"/api/prices\", list);
app.get(\"/api/orders\", list);
//- client.js
function load() { fetch(\"/api/rates\").then(show); }
function more() { fetch(\"/api/orders\").then(show); }
",
        &[
            "client.js:1 analysis/dangling-name: The route `/api/rates` is `/api/prices` now, and this still names the old one",
        ],
    );
    check(
        "\
//- old locales/en.json
{
  \"cart\": {
    \"empty\": \"Nothing\",
    \"full\": \"All\"
  }
}
//- new locales/en.json
{
  \"cart\": {
    \"full\": \"All\"
  }
}
//- cart.js
function draw() { show(t(\"cart.empty\")); }
function more() { show(t(\"cart.full\")); }
",
        &[
            "cart.js:1 analysis/dangling-name: The translation `cart.empty` is gone, and this still names it",
        ],
    );
}

#[test]
fn a_file_is_told_in_builds_and_links() {
    let fixture =
        |other: &str| format!("//- old tools/setup.sh\necho 1\n//- keep.py\nx = 1\n{other}");
    check(
        &fixture(
            "//- Dockerfile\nFROM a:1\nCOPY tools/setup.sh /\n//- docs/a.md\nSee [it](../tools/setup.sh).\n",
        ),
        &[
            "Dockerfile:2 analysis/dangling-name: The file tools/setup.sh is gone, and this still names it",
            "  docs/a.md:1 names it too",
        ],
    );
    for other in [
        "//- Dockerfile\nFROM a:1\nCOPY other/tools/setup.sh /\n",
        "//- Dockerfile\nFROM a:1\nCOPY tools/setup.sh.in /\n",
        "//- web/README.md\nRun tools/setup.sh in this folder.\n",
    ] {
        check(&fixture(other), &[]);
    }
}

#[test]
fn a_function_is_told_in_pages() {
    let fixture = |page: &str| {
        format!(
            "//- old rates.py\ndef load_rates(path):\n    return open(path)\n\ndef other():\n    return 1\n\
             //- new rates.py\ndef other():\n    return 1\n//- README.md\n{page}"
        )
    };
    check(
        &fixture("Call `load_rates` first.\n"),
        &[
            "README.md:1 analysis/docs-name-what-is-gone: The definition `load_rates` is gone, and this still names it",
        ],
    );
    check(&fixture("You load_rates by hand.\n"), &[]);
    check(&fixture("`load_rates` was removed.\n"), &[]);
}

#[test]
fn a_configuration_key_is_told_where_it_is_read_and_where_it_is_set() {
    // The file loses the key that code reads.
    check(
        "\
//- old config/app.toml
[cache]
ttl_seconds = 5
size = 2
//- new config/app.toml
[cache]
max_age = 5
size = 2
//- server.py
ttl = config.get(\"cache.ttl_seconds\", 3)
size = config[\"cache.size\"]
",
        &[
            "server.py:1 analysis/dangling-name: The configuration key `cache.ttl_seconds` is `cache.max_age` now, and this still names the old one",
        ],
    );
    // Code no longer reads what files set.
    let reads = |others: &str| {
        format!(
            "//- old server.py\nttl = settings.get(\"cache_ttl_seconds\")\n//- new server.py\nttl = 3\n{others}"
        )
    };
    check(
        &reads("//- settings.json\n{\n  \"cache_ttl_seconds\": 5,\n  \"other\": 1\n}\n"),
        &[
            "settings.json:2 analysis/dangling-name: The configuration key `cache_ttl_seconds` is gone, and this still names it",
        ],
    );
    for others in [
        "//- data.json\n{\n  \"cache_ttl_seconds\": 5\n}\n",
        "//- settings.json\n{\n  \"cache_ttl_seconds\": 5\n}\n//- other.py\nx = settings[\"cache_ttl_seconds\"]\n",
    ] {
        check(&reads(others), &[]);
    }
    // Another environment has it.
    check(
        "\
//- old config/dev.yml
cache:
  ttl: 5
  size: 1
//- new config/dev.yml
cache:
  size: 1
//- config/live.yml
cache:
  ttl: 9
//- server.js
const ttl = config.get('cache.ttl')
",
        &[],
    );
}

#[test]
fn an_option_of_one_word_is_told_where_its_own_program_gets_it() {
    check(
        "\
//- pyproject.toml
[project]
name = \"rates\"
//- old rates/cli.py
parser.add_argument(\"--limit\", type=int)
//- new rates/cli.py
parser.add_argument(\"--most\", type=int)
//- .github/workflows/ci.yml
jobs:
  a:
    run: rates show --limit 2
//- README.md
Use `git log --limit 3` or `rates show --limit 3`.
",
        &[
            ".github/workflows/ci.yml:3 analysis/dangling-name: The option `--limit` is `--most` now, and this still names the old one",
            "  README.md:1 names it too",
        ],
    );
}
