//! The routes by their templates, such as `/policy/{version}`: the names under which requests are counted and traced.
//!
//! What somebody typed never gets into a figure or a trace: only the template that an address falls under, which stands in
//! the code. The list is made from what is registered: the pages, the forms, and what programs fetch.

use std::sync::LazyLock;

use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{AxumRouteListing, generate_route_list};
use matchit::Router;

use super::{documents, machines};
use crate::{pages::App, server::embed};

/// All routes of the site.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    templates: Vec<String>,
    tree: Router<usize>,
}

/// One route, by its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route(usize);

impl Route {
    /// Its place in the list of templates.
    pub(crate) fn place(self) -> usize {
        self.0
    }
}

/// All routes of the site. They are found out once: no route comes or goes while it serves.
pub(crate) fn all() -> &'static Routes {
    static ALL: LazyLock<Routes> = LazyLock::new(|| Routes::of(registered()));
    &ALL
}

/// The templates of whatever is registered, as the router has them.
fn registered() -> Vec<String> {
    let pages = generate_route_list(App);
    let pages = pages.iter().map(AxumRouteListing::path).map(str::to_owned);
    let forms = server_fn_paths().map(|(path, _)| path.to_owned());
    let machines = machines::description().paths.paths.into_keys();
    let documents = documents::TEMPLATES.into_iter().chain([embed::LATEST, embed::NEWEST]).map(str::to_owned);
    pages.chain(forms).chain(machines).chain(documents).collect()
}

impl Routes {
    /// Those routes, each once. One that the router itself would not take is left out.
    fn of(templates: Vec<String>) -> Self {
        let mut routes = Self::default();
        for template in templates {
            let place = routes.templates.len();
            if routes.tree.insert(template.as_str(), place).is_ok() {
                routes.templates.push(template);
            }
        }
        routes
    }

    /// The route that an address leads to, without its query and its language, if it leads to one.
    pub(crate) fn find(&self, path: &str) -> Option<Route> {
        self.tree.at(path).ok().map(|found| Route(*found.value))
    }

    /// The template of a route.
    pub(crate) fn template(&self, route: Route) -> &str {
        self.templates.get(route.0).map_or("", String::as_str)
    }

    /// Every template, in the order of the list.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_by_its_template_and_by_nothing_that_was_typed() {
        let routes = all();
        let template = |path: &str| routes.find(path).map(|route| routes.template(route));
        for (path, known) in [
            ("/", "/"),
            ("/policy", "/policy"),
            ("/policy/1.0", "/policy/{version}"),
            ("/policy/anything", "/policy/{version}"),
            ("/policy/1.0/print.css", "/policy/{version}/print.css"),
            ("/policy/history", "/policy/history"),
            ("/policy/compare/1.0/1.1", "/policy/compare/{from}/{to}"),
            ("/receipts/0190-abc", "/receipts/{id}"),
            ("/editions/1.0", "/editions/{version}"),
            ("/api/consent/answer", "/api/consent/answer"),
            ("/api/v1/consent", "/api/v1/consent"),
            ("/cookies.json", "/cookies.json"),
            ("/sitemap.xml", "/sitemap.xml"),
            ("/robots.txt", "/robots.txt"),
            ("/embed.js", "/embed.js"),
            ("/health", "/health"),
        ] {
            assert_eq!(template(path), Some(known), "{path}");
        }
        for path in ["", "/nowhere", "/policy/", "/pkg/harmony.css", "/favicon.svg", "/api/nothing", "/receipts/a/b"] {
            assert_eq!(template(path), None, "{path}");
        }
    }

    #[test]
    fn each_route_stands_in_the_list_once() {
        let mut templates: Vec<_> = all().templates().collect();
        let many = templates.len();
        templates.sort_unstable();
        templates.dedup();
        assert_eq!(templates.len(), many);
        assert!(many > 40, "{templates:?}");
    }
}
