//! The demonstration's repository, as text: a history of three commits and the change of a tired afternoon.
//!
//! The key in the workflow is put together at run time: it opens nothing, but as a literal it would set off every
//! scanner that reads this repository, ours included.

/// Commits, oldest first: message and files.
pub(super) const HISTORY: &[(&str, &[(&str, &str)])] = &[
    (
        "Quote service with a cache",
        &[
            ("README.md", README),
            ("Cargo.toml", MANIFEST),
            ("src/quotes.rs", QUOTES),
            ("config/carriers.toml", CARRIERS),
        ],
    ),
    (
        "Nightly import of carrier rates",
        &[
            ("jobs/import_rates.py", IMPORT),
            ("jobs/nightly.py", NIGHTLY),
        ],
    ),
    (
        "Checkout page, tests, deployment",
        &[
            ("web/src/checkout.ts", CHECKOUT),
            ("web/src/checkout.test.ts", CHECKOUT_TEST),
            (WORKFLOW, DEPLOY),
        ],
    ),
];

/// What is in the work tree and not committed, except the workflow.
pub(super) const CHANGE: &[(&str, &str)] = &[
    ("src/quotes.rs", QUOTES_CHANGED),
    ("jobs/import_rates.py", IMPORT_CHANGED),
    ("web/src/checkout.ts", CHECKOUT_CHANGED),
    ("web/src/checkout.test.ts", CHECKOUT_TEST_CHANGED),
    ("config/carriers.toml", CARRIERS_CHANGED),
];

/// The workflow's path.
pub(super) const WORKFLOW: &str = ".github/workflows/deploy.yml";

/// The workflow as it is in the work tree, with a key of the right form that was never issued.
pub(super) fn workflow() -> String {
    let key = ["AKIA", "Z7QK3VNX", "5WTR2MJH"].concat();
    DEPLOY.replace("${{ vars.AWS_ACCESS_KEY_ID }}", &key)
}

const README: &str = "# Parcel\n\nQuotes shipping prices. `cargo run` starts the service, `jobs/` holds what runs at night, `web/` the shop's side.\n";

const MANIFEST: &str = "[package]\nname = \"parcel\"\nversion = \"0.3.0\"\nedition = \"2024\"\n";

const CARRIERS: &str = "[[carrier]]\nname = \"Northwind\"\nsurcharge = 0.12\n\n[[carrier]]\nname = \"Bluebird\"\nsurcharge = 0.08\n";

const CARRIERS_CHANGED: &str = "[[carrier]]\nname = \"Northwind\"\n<<<<<<< HEAD\nsurcharge = 0.12\n=======\nsurcharge = 0.14\n>>>>>>> winter-rates\n\n[[carrier]]\nname = \"Bluebird\"\nsurcharge = 0.08\n";

const QUOTES: &str = r#"//! Quotes: computed once, then served from a cache.

use std::collections::HashMap;
use tokio::sync::Mutex;

pub struct Quotes {
    writes: Mutex<()>,
    cache: Mutex<HashMap<String, u64>>,
}

impl Quotes {
    /// The price of a parcel in cents.
    pub async fn price(&self, parcel: &Parcel) -> u64 {
        if let Some(price) = self.cache.lock().await.get(&parcel.key()) {
            return *price;
        }
        let price = base_price(parcel) + surcharge(parcel);
        self.cache.lock().await.insert(parcel.key(), price);
        price
    }
}
"#;

const QUOTES_CHANGED: &str = r#"//! Quotes: computed once, then served from a cache.

use std::collections::HashMap;
use tokio::sync::Mutex;

pub struct Quotes {
    writes: Mutex<()>,
    cache: Mutex<HashMap<String, u64>>,
}

impl Quotes {
    /// The price of a parcel in cents.
    pub async fn price(&self, parcel: &Parcel) -> u64 {
        if let Some(price) = self.cache.lock().await.get(&parcel.key()) {
            return *price;
        }
        let price = base_price(parcel) + surcharge(parcel);
        self.cache.lock().await.insert(parcel.key(), price);
        price
    }

    /// Replaces every cached price that a carrier's new rates touch.
    pub async fn refresh(&self, rates: &Rates) {
        let _ = self.writes.lock().await;
        for parcel in rates.affected() {
            let price = base_price(&parcel) + surcharge(&parcel);
            self.cache.lock().await.insert(parcel.key(), price);
        }
    }
}
"#;

const IMPORT: &str = r#""""Imports the carriers' rates every night."""

import csv


def import_rates(connection, path):
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            connection.execute(
                "UPDATE rates SET cents = %s WHERE zone = %s",
                (row["cents"], row["zone"]),
            )
"#;

/// What the change forgets: it still calls the import as it was.
const NIGHTLY: &str = r#""""What runs every night."""

from jobs.import_rates import import_rates


def main(connection):
    import_rates(connection, "rates/northwind.csv")
    import_rates(connection, "rates/bluebird.csv")
"#;

const IMPORT_CHANGED: &str = r#""""Imports the carriers' rates every night."""

import csv


def import_rates(connection, path, carrier):
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            connection.execute(
                "UPDATE rates SET cents = %s WHERE zone = %s AND carrier = %s",
                (row["cents"], row["zone"], carrier),
            )


def zones_of(cursor, carrier):
    cursor.execute(f"SELECT zone FROM rates WHERE carrier = '{carrier}'")
    return [zone for (zone,) in cursor.fetchall()]
"#;

const CHECKOUT: &str = r#"import { reserve, confirm } from "./api";

export interface Order {
  id: string;
  zone: string;
}

export async function checkout(orders: Order[]): Promise<void> {
  for (const order of orders) {
    await reserve(order);
  }
  await confirm(orders.map((order) => order.id));
}
"#;

const CHECKOUT_CHANGED: &str = r#"import { reserve, confirm } from "./api";

export interface Order {
  id: string;
  zone: string;
}

export async function checkout(orders: Order[]): Promise<void> {
  orders.forEach(async (order) => {
    await reserve(order);
  });
  await confirm(orders.map((order) => order.id));
}
"#;

const CHECKOUT_TEST: &str = r#"import { checkout } from "./checkout";

describe("checkout", () => {
  it("reserves every order", async () => {
    await checkout([{ id: "a", zone: "eu" }]);
    expect(reserved()).toEqual(["a"]);
  });

  it("confirms nothing for an empty basket", async () => {
    await checkout([]);
    expect(confirmed()).toEqual([]);
  });
});
"#;

const CHECKOUT_TEST_CHANGED: &str = r#"import { checkout } from "./checkout";

describe("checkout", () => {
  it.only("reserves every order", async () => {
    await checkout([{ id: "a", zone: "eu" }]);
    expect(reserved()).toEqual(["a"]);
  });

  it("confirms nothing for an empty basket", async () => {
    await checkout([]);
    expect(confirmed()).toEqual([]);
  });
});
"#;

const DEPLOY: &str = r#"name: deploy
on:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      AWS_REGION: eu-central-1
      AWS_ACCESS_KEY_ID: ${{ vars.AWS_ACCESS_KEY_ID }}
    steps:
      - uses: actions/checkout@v4
      - run: ./deploy.sh
"#;
