//! The kinds of secrets that can be told by their published format: a literal prefix, an alphabet and a length.
//!
//! Each row says what its vendor publishes (or what its tokens plainly show). A row is tried only where one of its
//! literals stands in the text, so hundreds of rows cost one automaton pass. Kinds that have no telling format (a plain
//! 32-digit hexadecimal key) are in `keyed.rs`: they need the vendor's name beside them.

/// A kind of secret with a telling format.
pub(crate) struct Kind {
    /// Last part of the rule id, `secrets/…`.
    pub(crate) id: &'static str,
    /// What it is, for a title: "GitHub personal access token".
    pub(crate) what: &'static str,
    /// Literals that start a match; the text is only looked at where one stands.
    pub(crate) literals: &'static [&'static str],
    /// The value from its literal on, anchored there.
    pub(crate) pattern: &'static str,
    /// What must stand directly before the literal, where the literal is not the value's start.
    pub(crate) head: Option<Head>,
    /// How the value can be checked further.
    pub(crate) check: Check,
    /// How sure a match is.
    pub(crate) confidence: f32,
}

/// What a value must pass besides its pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing more.
    None,
    /// At least this many hundredths of a bit of Shannon entropy per character over the value.
    Entropy(u16),
    /// The last six characters are the CRC-32 of the rest in base 62 (GitHub, npm). A wrong sum lowers the confidence.
    Crc32Base62,
}

/// Characters before a literal that belong to the value.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    /// At least so many of them.
    pub(crate) min: usize,
    /// At most so many; one more and the value is something else.
    pub(crate) max: usize,
    /// Which characters.
    pub(crate) class: fn(u8) -> bool,
}

const fn headed(mut kind: Kind, min: usize, max: usize, class: fn(u8) -> bool) -> Kind {
    kind.head = Some(Head { min, max, class });
    kind
}

fn digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn wordy(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'~' | b'.' | b'-')
}

use Check::{Crc32Base62, Entropy, None as Plain};

const fn kind(
    id: &'static str,
    what: &'static str,
    literals: &'static [&'static str],
    pattern: &'static str,
    check: Check,
    confidence: f32,
) -> Kind {
    Kind {
        id,
        what,
        literals,
        pattern,
        head: None,
        check,
        confidence,
    }
}

/// Entropy asked of random alphanumeric values: excludes words and repeated placeholders.
const RANDOM: Check = Entropy(300);
/// Entropy asked of random hexadecimal values, whose maximum is 4 bits.
const HEX: Check = Entropy(270);

/// Every kind with a telling format.
#[rustfmt::skip] // one row a line: a table to be read and compared
pub(crate) const KINDS: &[Kind] = &[
    // Cloud platforms
    kind("aws-access-key-id", "AWS access key id", &["AKIA", "ASIA", "ABIA", "ACCA"], r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b", RANDOM, 0.95),
    kind("aws-bedrock-api-key", "Amazon Bedrock API key", &["ABSK"], r"ABSK[A-Za-z0-9+/]{109,269}={0,2}", RANDOM, 0.95),
    kind("aws-mws-token", "Amazon MWS auth token", &["amzn.mws."], r"amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", HEX, 0.95),
    kind("gcp-api-key", "Google API key", &["AIza"], r"AIza[0-9A-Za-z_-]{35}", RANDOM, 0.9),
    kind("gcp-oauth-client-secret", "Google OAuth client secret", &["GOCSPX-"], r"GOCSPX-[A-Za-z0-9_-]{28}", RANDOM, 0.95),
    kind("gcp-oauth-access-token", "Google OAuth access token", &["ya29."], r"ya29\.[A-Za-z0-9_-]{60,}", RANDOM, 0.9),
    kind("azure-storage-account-key", "Azure storage account key", &["AccountKey="], r"AccountKey=[A-Za-z0-9+/]{86}==", RANDOM, 0.97),
    kind("azure-shared-access-key", "Azure shared access key", &["SharedAccessKey="], r"SharedAccessKey=[A-Za-z0-9+/]{43}=", RANDOM, 0.97),
    headed(kind("azure-ad-client-secret", "Microsoft Entra client secret", &["Q~"], r"Q~[A-Za-z0-9_~.-]{31,34}", RANDOM, 0.9), 4, 4, wordy),
    headed(kind("azure-devops-token", "Azure DevOps personal access token", &["AZDO"], r"AZDO[A-Za-z0-9]{4}\b", Plain, 0.9), 76, 76, alphanumeric),
    headed(kind("azure-container-registry-key", "Azure container registry key", &["+ACR"], r"\+ACR[A-D][A-Za-z0-9+/]{5}", Plain, 0.9), 42, 42, base64),
    headed(kind("azure-search-key", "Azure AI Search key", &["AzSe"], r"AzSe[A-D][A-Za-z0-9]{5}\b", Plain, 0.85), 42, 42, alphanumeric),
    headed(kind("azure-cache-key", "Azure Cache for Redis key", &["AzCa"], r"AzCa[A-P][A-Za-z0-9]{5}=", Plain, 0.9), 33, 33, alphanumeric),
    kind("digitalocean-personal-token", "DigitalOcean personal access token", &["dop_v1_"], r"dop_v1_[a-f0-9]{64}\b", HEX, 0.97),
    kind("digitalocean-oauth-token", "DigitalOcean OAuth token", &["doo_v1_"], r"doo_v1_[a-f0-9]{64}\b", HEX, 0.97),
    kind("digitalocean-refresh-token", "DigitalOcean refresh token", &["dor_v1_"], r"dor_v1_[a-f0-9]{64}\b", HEX, 0.97),
    kind("alibaba-access-key-id", "Alibaba Cloud access key id", &["LTAI"], r"LTAI[A-Za-z0-9]{17,21}\b", RANDOM, 0.85),
    kind("tencent-secret-id", "Tencent Cloud secret id", &["AKID"], r"AKID[A-Za-z0-9]{32}\b", RANDOM, 0.85),
    kind("yandex-api-key", "Yandex Cloud API key", &["AQVN"], r"AQVN[A-Za-z0-9_-]{35,38}", RANDOM, 0.9),
    kind("heroku-api-key", "Heroku API key", &["HRKU-"], r"HRKU-(?:AA[A-Za-z0-9_-]{58}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", HEX, 0.97),
    kind("fly-io-token", "Fly.io access token", &["fo1_", "fm1_", "fm1a_", "fm1r_", "fm2_"], r"(?:fo1_[A-Za-z0-9_-]{43}|fm[12][ar]?_[A-Za-z0-9+/]{100,}={0,3})", RANDOM, 0.95),
    kind("render-api-key", "Render API key", &["rnd_"], r"rnd_[A-Za-z0-9]{28,32}\b", RANDOM, 0.85),
    kind("netlify-token", "Netlify personal access token", &["nfp_"], r"nfp_[A-Za-z0-9]{36}\b", RANDOM, 0.95),
    kind("cloudflare-origin-ca-key", "Cloudflare origin CA key", &["v1.0-"], r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}\b", HEX, 0.97),
    kind("supabase-token", "Supabase access token", &["sbp_"], r"sbp_[a-f0-9]{40}\b", HEX, 0.95),
    kind("supabase-secret-key", "Supabase secret key", &["sb_secret_"], r"sb_secret_[A-Za-z0-9_-]{31,}", RANDOM, 0.95),
    kind("planetscale-token", "PlanetScale service token", &["pscale_tkn_"], r"pscale_tkn_[A-Za-z0-9_.=-]{32,64}", RANDOM, 0.95),
    kind("planetscale-password", "PlanetScale password", &["pscale_pw_"], r"pscale_pw_[A-Za-z0-9_.=-]{32,64}", RANDOM, 0.95),
    kind("planetscale-oauth-token", "PlanetScale OAuth token", &["pscale_oauth_"], r"pscale_oauth_[A-Za-z0-9_.=-]{32,64}", RANDOM, 0.95),
    kind("databricks-token", "Databricks access token", &["dapi"], r"dapi[a-f0-9]{32}(?:-\d)?\b", HEX, 0.95),
    headed(kind("terraform-cloud-token", "Terraform Cloud API token", &[".atlasv1."], r"\.atlasv1\.[A-Za-z0-9_=-]{60,70}", RANDOM, 0.97), 14, 14, alphanumeric),
    kind("vault-service-token", "HashiCorp Vault service token", &["hvs."], r"hvs\.[A-Za-z0-9_-]{90,120}", RANDOM, 0.97),
    kind("vault-batch-token", "HashiCorp Vault batch token", &["hvb."], r"hvb\.[A-Za-z0-9_-]{138,300}", RANDOM, 0.97),
    kind("pulumi-token", "Pulumi access token", &["pul-"], r"pul-[a-f0-9]{40}\b", HEX, 0.95),
    kind("doppler-token", "Doppler token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], r"dp\.(?:pt|ct|sa|scim|audit|st(?:\.[a-z0-9_-]{2,35})?)\.[A-Za-z0-9]{40,44}\b", RANDOM, 0.97),
    kind("onepassword-service-account-token", "1Password service account token", &["ops_eyJ"], r"ops_eyJ[A-Za-z0-9+/_-]{250,}={0,3}", RANDOM, 0.97),
    kind("onepassword-secret-key", "1Password secret key", &["A3-"], r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\b", RANDOM, 0.9),
    kind("infracost-token", "Infracost API token", &["ico-"], r"ico-[A-Za-z0-9]{32}\b", RANDOM, 0.85),
    kind("harness-token", "Harness API key", &["pat.", "sat."], r"(?:pat|sat)\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}\b", RANDOM, 0.9),
    kind("tailscale-key", "Tailscale key", &["tskey-"], r"tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,}-[A-Za-z0-9]{20,}\b", RANDOM, 0.97),
    kind("clickhouse-cloud-key", "ClickHouse Cloud API secret", &["4b1d"], r"4b1d[A-Za-z0-9]{38}\b", RANDOM, 0.85),
    kind("scaleway-access-key", "Scaleway access key", &["SCW"], r"SCW[A-Z0-9]{17}\b", RANDOM, 0.8),
    // Code hosts and continuous integration
    kind("github-personal-token", "GitHub personal access token", &["ghp_"], r"ghp_[A-Za-z0-9]{36}\b", Crc32Base62, 0.97),
    kind("github-oauth-token", "GitHub OAuth token", &["gho_"], r"gho_[A-Za-z0-9]{36}\b", Crc32Base62, 0.97),
    kind("github-app-user-token", "GitHub app user token", &["ghu_"], r"ghu_[A-Za-z0-9]{36}\b", Crc32Base62, 0.97),
    kind("github-app-installation-token", "GitHub app installation token", &["ghs_"], r"ghs_[A-Za-z0-9]{36}\b", Crc32Base62, 0.97),
    kind("github-refresh-token", "GitHub refresh token", &["ghr_"], r"ghr_[A-Za-z0-9]{36,76}\b", RANDOM, 0.97),
    kind("github-fine-grained-token", "GitHub fine-grained token", &["github_pat_"], r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b", RANDOM, 0.98),
    kind("gitlab-personal-token", "GitLab personal access token", &["glpat-"], r"glpat-[A-Za-z0-9_-]{20,}(?:\.[0-9a-z]{2}\.[0-9a-z]{7,9})?", RANDOM, 0.97),
    kind("gitlab-deploy-token", "GitLab deploy token", &["gldt-"], r"gldt-[A-Za-z0-9_-]{20,}", RANDOM, 0.97),
    kind("gitlab-runner-token", "GitLab runner token", &["glrt-"], r"glrt-[A-Za-z0-9_-]{20,}", RANDOM, 0.97),
    kind("gitlab-runner-registration-token", "GitLab runner registration token", &["GR1348941"], r"GR1348941[A-Za-z0-9_-]{20,}", RANDOM, 0.97),
    kind("gitlab-trigger-token", "GitLab pipeline trigger token", &["glptt-"], r"glptt-[A-Za-z0-9_-]{20,}", RANDOM, 0.97),
    kind("gitlab-feed-token", "GitLab feed token", &["glft-"], r"glft-[A-Za-z0-9_-]{20,}", RANDOM, 0.97),
    kind("gitlab-scim-token", "GitLab SCIM token", &["glsoat-"], r"glsoat-[A-Za-z0-9_-]{20,}", RANDOM, 0.97),
    kind("gitlab-ci-job-token", "GitLab CI job token", &["glcbt-"], r"glcbt-[0-9a-zA-Z]{1,5}_[A-Za-z0-9_-]{20,}", RANDOM, 0.95),
    kind("gitlab-incoming-mail-token", "GitLab incoming mail token", &["glimt-"], r"glimt-[A-Za-z0-9_-]{25,}", RANDOM, 0.97),
    kind("gitlab-agent-token", "GitLab agent token", &["glagent-"], r"glagent-[A-Za-z0-9_-]{50,}", RANDOM, 0.97),
    kind("gitlab-oauth-secret", "GitLab OAuth application secret", &["gloas-"], r"gloas-[A-Za-z0-9_-]{64}", RANDOM, 0.97),
    kind("gitlab-feature-flag-token", "GitLab feature flag client token", &["glffct-"], r"glffct-[A-Za-z0-9_-]{20,}", RANDOM, 0.97),
    kind("bitbucket-app-password", "Bitbucket app password", &["ATBB"], r"ATBB[A-Za-z0-9]{32}\b", RANDOM, 0.95),
    kind("atlassian-api-token", "Atlassian API token", &["ATATT3"], r"ATATT3[A-Za-z0-9_=-]{180,}", RANDOM, 0.97),
    kind("atlassian-connect-token", "Atlassian access token", &["ATCTT3"], r"ATCTT3[A-Za-z0-9_=-]{180,}", RANDOM, 0.97),
    kind("circleci-token", "CircleCI token", &["CCIPAT_", "CCIPRJ_"], r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{22}_[A-Za-z0-9]{40}\b", RANDOM, 0.97),
    kind("buildkite-token", "Buildkite token", &["bkua_", "bkaj_"], r"bk(?:ua|aj)_[a-z0-9]{40}\b", RANDOM, 0.95),
    kind("sonar-token", "SonarQube token", &["sqp_", "squ_", "sqa_"], r"sq[pua]_[a-f0-9]{40}\b", HEX, 0.95),
    kind("sourcegraph-token", "Sourcegraph access token", &["sgp_"], r"sgp_(?:(?:local|[a-fA-F0-9]{16})_)?[a-fA-F0-9]{40}\b", HEX, 0.95),
    kind("octopus-api-key", "Octopus Deploy API key", &["API-"], r"API-[A-Z0-9]{26,32}\b", RANDOM, 0.8),
    kind("artifactory-api-key", "Artifactory API key", &["AKCp"], r"AKCp[A-Za-z0-9]{69}\b", RANDOM, 0.95),
    kind("artifactory-reference-token", "Artifactory reference token", &["cmVmdGtu"], r"cmVmdGtu[A-Za-z0-9]{56}\b", RANDOM, 0.95),
    kind("launchdarkly-key", "LaunchDarkly SDK key", &["sdk-", "api-"], r"(?:sdk|api)-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b", HEX, 0.85),
    // Package registries
    kind("npm-token", "npm access token", &["npm_"], r"npm_[A-Za-z0-9]{36}\b", Crc32Base62, 0.95),
    kind("pypi-token", "PyPI upload token", &["pypi-AgEIcHlwaS5vcmc"], r"pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}", RANDOM, 0.98),
    kind("testpypi-token", "TestPyPI upload token", &["pypi-AgENdGVzdC5weXBpLm9yZw"], r"pypi-AgENdGVzdC5weXBpLm9yZw[A-Za-z0-9_-]{50,}", RANDOM, 0.95),
    kind("rubygems-token", "RubyGems API key", &["rubygems_"], r"rubygems_[a-f0-9]{48}\b", HEX, 0.97),
    kind("crates-io-token", "crates.io API token", &["cio"], r"cio[A-Za-z0-9]{32}\b", Entropy(380), 0.85),
    kind("nuget-api-key", "NuGet API key", &["oy2"], r"oy2[a-z0-9]{43}\b", RANDOM, 0.9),
    kind("docker-hub-token", "Docker Hub access token", &["dckr_pat_", "dckr_oat_"], r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,32}", RANDOM, 0.97),
    kind("clojars-token", "Clojars deploy token", &["CLOJARS_"], r"CLOJARS_[a-z0-9]{60}\b", RANDOM, 0.97),
    // Payments and commerce
    kind("stripe-secret-key", "Stripe live secret key", &["sk_live_"], r"sk_live_[A-Za-z0-9]{16,247}\b", RANDOM, 0.98),
    kind("stripe-restricted-key", "Stripe live restricted key", &["rk_live_"], r"rk_live_[A-Za-z0-9]{16,247}\b", RANDOM, 0.98),
    kind("stripe-webhook-secret", "Stripe webhook signing secret", &["whsec_"], r"whsec_[A-Za-z0-9+/=]{32,}", RANDOM, 0.9),
    kind("shopify-access-token", "Shopify access token", &["shpat_", "shpca_", "shppa_"], r"shp(?:at|ca|pa)_[a-fA-F0-9]{32}\b", HEX, 0.97),
    kind("shopify-shared-secret", "Shopify shared secret", &["shpss_"], r"shpss_[a-fA-F0-9]{32}\b", HEX, 0.97),
    kind("square-access-token", "Square access token", &["sq0atp-"], r"sq0atp-[A-Za-z0-9_-]{22}", RANDOM, 0.97),
    kind("square-oauth-secret", "Square OAuth secret", &["sq0csp-"], r"sq0csp-[A-Za-z0-9_-]{43}", RANDOM, 0.97),
    kind("square-token", "Square access token", &["EAAAE", "EAAAl"], r"EAAA[El][A-Za-z0-9_-]{59}", RANDOM, 0.9),
    kind("braintree-token", "Braintree access token", &["access_token$production$"], r"access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}\b", RANDOM, 0.98),
    kind("razorpay-key", "Razorpay live key", &["rzp_live_"], r"rzp_live_[A-Za-z0-9]{14}\b", RANDOM, 0.9),
    kind("flutterwave-secret-key", "Flutterwave secret key", &["FLWSECK-"], r"FLWSECK-[a-fA-F0-9]{32}-X\b", HEX, 0.97),
    kind("plaid-access-token", "Plaid access token", &["access-production-"], r"access-production-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", HEX, 0.97),
    kind("shippo-token", "Shippo live token", &["shippo_live_"], r"shippo_live_[a-fA-F0-9]{40}\b", HEX, 0.97),
    kind("easypost-token", "EasyPost API key", &["EZAK"], r"EZAK[A-Za-z0-9]{54}\b", RANDOM, 0.97),
    kind("duffel-token", "Duffel live token", &["duffel_live_"], r"duffel_live_[A-Za-z0-9_=-]{43}", RANDOM, 0.97),
    // Messages and mail
    kind("slack-bot-token", "Slack bot token", &["xoxb-"], r"xoxb-[0-9]{10,13}-[0-9A-Za-z-]{18,}", RANDOM, 0.97),
    kind("slack-user-token", "Slack user token", &["xoxp-", "xoxe-", "xoxe."], r"xox[pe](?:\.xox[bp])?-[0-9A-Za-z-]{24,}", RANDOM, 0.95),
    kind("slack-legacy-token", "Slack legacy token", &["xoxa-", "xoxo-", "xoxr-", "xoxs-"], r"xox[aors]-[0-9A-Za-z-]{20,}", RANDOM, 0.9),
    kind("slack-app-token", "Slack app token", &["xapp-"], r"xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{32,}\b", RANDOM, 0.97),
    kind("slack-webhook", "Slack webhook address", &["hooks.slack.com/"], r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Z0-9]{8,}/[A-Z0-9]{8,}/[A-Za-z0-9/]{16,}", RANDOM, 0.95),
    kind("discord-webhook", "Discord webhook address", &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"], r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[A-Za-z0-9_-]{60,68}", RANDOM, 0.97),
    kind("teams-webhook", "Microsoft Teams webhook address", &["webhook.office.com/"], r"webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}", HEX, 0.97),
    headed(kind("telegram-bot-token", "Telegram bot token", &[":AA"], r":AA[A-Za-z0-9_-]{33}\b", RANDOM, 0.9), 8, 10, digit),
    kind("sendgrid-api-key", "SendGrid API key", &["SG."], r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", RANDOM, 0.98),
    kind("brevo-api-key", "Brevo API key", &["xkeysib-"], r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b", HEX, 0.98),
    kind("brevo-smtp-key", "Brevo SMTP key", &["xsmtpsib-"], r"xsmtpsib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b", HEX, 0.98),
    kind("mailgun-private-key", "Mailgun private API key", &["key-"], r"key-[a-f0-9]{32}\b", HEX, 0.85),
    kind("resend-api-key", "Resend API key", &["re_"], r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b", RANDOM, 0.95),
    headed(kind("mailchimp-api-key", "Mailchimp API key", &["-us"], r"-us\d{1,2}\b", Plain, 0.85), 32, 32, hex),
    kind("twilio-api-key", "Twilio API key", &["SK"], r"SK[0-9a-f]{32}\b", HEX, 0.85),
    // Language models
    kind("openai-api-key", "OpenAI API key", &["sk-proj-", "sk-svcacct-", "sk-admin-"], r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,74}T3BlbkFJ[A-Za-z0-9_-]{20,74}", RANDOM, 0.98),
    headed(kind("openai-legacy-key", "OpenAI API key", &["T3BlbkFJ"], r"T3BlbkFJ[A-Za-z0-9]{20}\b", RANDOM, 0.95), 20, 24, wordy),
    kind("anthropic-api-key", "Anthropic API key", &["sk-ant-api03-"], r"sk-ant-api03-[A-Za-z0-9_-]{80,}", RANDOM, 0.98),
    kind("anthropic-admin-key", "Anthropic admin key", &["sk-ant-admin01-"], r"sk-ant-admin01-[A-Za-z0-9_-]{80,}", RANDOM, 0.98),
    kind("openrouter-api-key", "OpenRouter API key", &["sk-or-v1-"], r"sk-or-v1-[a-f0-9]{64}\b", HEX, 0.98),
    kind("huggingface-token", "Hugging Face token", &["hf_"], r"hf_[A-Za-z0-9]{34,37}\b", RANDOM, 0.93),
    kind("huggingface-org-token", "Hugging Face organisation token", &["api_org_"], r"api_org_[A-Za-z]{34}\b", RANDOM, 0.95),
    kind("groq-api-key", "Groq API key", &["gsk_"], r"gsk_[A-Za-z0-9]{52}\b", RANDOM, 0.97),
    kind("perplexity-api-key", "Perplexity API key", &["pplx-"], r"pplx-[A-Za-z0-9]{48}\b", RANDOM, 0.97),
    kind("replicate-token", "Replicate API token", &["r8_"], r"r8_[A-Za-z0-9]{37}\b", RANDOM, 0.95),
    kind("xai-api-key", "xAI API key", &["xai-"], r"xai-[A-Za-z0-9]{70,85}\b", RANDOM, 0.97),
    kind("nvidia-api-key", "NVIDIA API key", &["nvapi-"], r"nvapi-[A-Za-z0-9_-]{60,70}", RANDOM, 0.97),
    kind("langsmith-api-key", "LangSmith API key", &["lsv2_pt_", "lsv2_sk_"], r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}\b", HEX, 0.97),
    kind("pinecone-api-key", "Pinecone API key", &["pcsk_"], r"pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,70}\b", RANDOM, 0.97),
    kind("elevenlabs-api-key", "ElevenLabs API key", &["sk_"], r"sk_[a-f0-9]{48}\b", HEX, 0.85),
    kind("apify-token", "Apify API token", &["apify_api_"], r"apify_api_[A-Za-z0-9]{36}\b", RANDOM, 0.97),
    // Observability
    kind("newrelic-user-key", "New Relic user key", &["NRAK-"], r"NRAK-[A-Z0-9]{27}\b", RANDOM, 0.97),
    kind("newrelic-insert-key", "New Relic insert key", &["NRII-"], r"NRII-[A-Za-z0-9_-]{32}", RANDOM, 0.95),
    headed(kind("newrelic-license-key", "New Relic licence key", &["NRAL"], r"NRAL\b", Plain, 0.9), 36, 36, hex),
    kind("grafana-service-account-token", "Grafana service account token", &["glsa_"], r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b", RANDOM, 0.98),
    kind("grafana-cloud-token", "Grafana Cloud token", &["glc_eyJ"], r"glc_eyJ[A-Za-z0-9+/]{32,400}={0,3}", RANDOM, 0.97),
    kind("grafana-api-key", "Grafana API key", &["eyJrIjoi"], r"eyJrIjoi[A-Za-z0-9+/]{60,400}={0,3}", RANDOM, 0.93),
    kind("sentry-org-token", "Sentry organisation token", &["sntrys_eyJ"], r"sntrys_eyJ[A-Za-z0-9+/=_-]{80,}", RANDOM, 0.98),
    kind("sentry-user-token", "Sentry user token", &["sntryu_"], r"sntryu_[a-f0-9]{64}\b", HEX, 0.98),
    kind("dynatrace-token", "Dynatrace token", &["dt0c01.", "dt0s01.", "dt0s16."], r"dt0[cs](?:01|16)\.[A-Z0-9]{24}\.[A-Z0-9]{64}\b", RANDOM, 0.98),
    kind("segment-token", "Segment public API token", &["sgp_"], r"sgp_[A-Za-z0-9]{64}\b", RANDOM, 0.95),
    kind("prefect-token", "Prefect API token", &["pnu_"], r"pnu_[A-Za-z0-9]{36}\b", RANDOM, 0.95),
    // Work tools
    kind("linear-api-key", "Linear API key", &["lin_api_"], r"lin_api_[A-Za-z0-9]{40}\b", RANDOM, 0.98),
    kind("linear-oauth-token", "Linear OAuth token", &["lin_oauth_"], r"lin_oauth_[a-f0-9]{64}\b", HEX, 0.98),
    kind("notion-token", "Notion integration token", &["ntn_"], r"ntn_[0-9]{11}[A-Za-z0-9]{35}\b", RANDOM, 0.97),
    kind("notion-legacy-token", "Notion integration token", &["secret_"], r"secret_[A-Za-z0-9]{43}\b", RANDOM, 0.85),
    kind("airtable-token", "Airtable personal access token", &["pat"], r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b", HEX, 0.97),
    kind("figma-token", "Figma personal access token", &["figd_"], r"figd_[A-Za-z0-9_-]{40}", RANDOM, 0.97),
    kind("dropbox-token", "Dropbox access token", &["sl."], r"sl\.(?:u\.)?[A-Za-z0-9_-]{130,}", RANDOM, 0.9),
    kind("hubspot-token", "HubSpot private app token", &["pat-na1-", "pat-na2-", "pat-eu1-"], r"pat-(?:na[12]|eu1)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", HEX, 0.97),
    kind("postman-api-key", "Postman API key", &["PMAK-"], r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}\b", HEX, 0.98),
    kind("contentful-token", "Contentful personal access token", &["CFPAT-"], r"CFPAT-[A-Za-z0-9_-]{43}", RANDOM, 0.97),
    kind("typeform-token", "Typeform token", &["tfp_"], r"tfp_[A-Za-z0-9_.=-]{59}", RANDOM, 0.95),
    kind("readme-api-key", "ReadMe API key", &["rdme_"], r"rdme_[a-z0-9]{70}\b", RANDOM, 0.97),
    headed(kind("maxmind-license-key", "MaxMind licence key", &["_mmk"], r"_mmk\b", Plain, 0.9), 36, 36, wordy),
    kind("adafruit-io-key", "Adafruit IO key", &["aio_"], r"aio_[A-Za-z0-9]{28}\b", RANDOM, 0.93),
    kind("frameio-token", "Frame.io token", &["fio-u-"], r"fio-u-[A-Za-z0-9_=-]{64}", RANDOM, 0.97),
    kind("mapbox-secret-token", "Mapbox secret token", &["sk.eyJ"], r"sk\.eyJ[A-Za-z0-9_-]{60,}\.[A-Za-z0-9_-]{22}", RANDOM, 0.97),
    kind("facebook-access-token", "Facebook access token", &["EAACEdEose0cBA", "EAAB", "EAAD", "EAAG", "EAAJ", "EAAC"], r"EAA[BCDGJ][A-Za-z0-9]{90,}\b", Entropy(400), 0.9),
    kind("twitter-bearer-token", "X (Twitter) bearer token", &["AAAAAAAAAAAAAAAAAAAAA"], r"A{21,22}[A-Za-z0-9%]{80,100}\b", RANDOM, 0.9),
    // Key material
    kind("age-secret-key", "age secret key", &["AGE-SECRET-KEY-1"], r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b", RANDOM, 0.99),
];
