//! Services that check and release changes, by the files that tell them what to do.

use base::RelPath;

use super::Ci;

/// A path's beginning, its end, and the service.
const SERVICES: &[(&str, &str, &str)] = &[
    (".github/workflows/", ".yml", "GitHub Actions"),
    (".github/workflows/", ".yaml", "GitHub Actions"),
    (".gitlab-ci.yml", "", "GitLab CI"),
    (".gitlab/ci/", ".yml", "GitLab CI"),
    (".circleci/config.yml", "", "CircleCI"),
    ("Jenkinsfile", "", "Jenkins"),
    ("azure-pipelines.yml", "", "Azure Pipelines"),
    (".azure-pipelines/", ".yml", "Azure Pipelines"),
    ("bitbucket-pipelines.yml", "", "Bitbucket Pipelines"),
    (".travis.yml", "", "Travis CI"),
    (".drone.yml", "", "Drone"),
    (".woodpecker.yml", "", "Woodpecker"),
    (".woodpecker/", ".yml", "Woodpecker"),
    (".woodpecker/", ".yaml", "Woodpecker"),
    (".buildkite/", ".yml", "Buildkite"),
    (".buildkite/", ".yaml", "Buildkite"),
    ("appveyor.yml", "", "AppVeyor"),
    (".appveyor.yml", "", "AppVeyor"),
    (".cirrus.yml", "", "Cirrus CI"),
    (".gitea/workflows/", ".yml", "Gitea Actions"),
    (".gitea/workflows/", ".yaml", "Gitea Actions"),
    (".forgejo/workflows/", ".yml", "Forgejo Actions"),
    (".forgejo/workflows/", ".yaml", "Forgejo Actions"),
    (".semaphore/semaphore.yml", "", "Semaphore"),
    (".teamcity/", ".kts", "TeamCity"),
    ("cloudbuild.yaml", "", "Google Cloud Build"),
    ("buildspec.yml", "", "AWS CodeBuild"),
    (".builds/", ".yml", "SourceHut builds"),
    (".build.yml", "", "SourceHut builds"),
];

/// The services, each file once.
pub(super) fn of(paths: &[&RelPath]) -> Vec<Ci> {
    let service = |path: &&&RelPath| {
        let text = path.as_str();
        let service = SERVICES.iter().find(|(start, end, _)| match *end {
            "" => text == *start,
            end => text.starts_with(start) && text.ends_with(end),
        })?;
        Some(Ci {
            name: service.2,
            file: (**path).clone(),
        })
    };
    paths.iter().filter_map(|path| service(&path)).collect()
}
