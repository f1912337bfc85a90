"""Lists of the records behind the numbers: pull requests, deployments, issues, repositories, projects, runs."""
