//! The routes by their templates, such as `/policy/{version}`: the names under which requests are counted and traced, and the
//! methods that each takes.
//!
//! What somebody typed never gets into a figure or a trace: only the template that an address falls under, which stands in
//! the code. The list is made from what is registered: the pages, the forms, and what programs fetch.

use std::sync::LazyLock;

use axum::http::Method;
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::generate_route_list;
use matchit::Router;
use utoipa::openapi::path::PathItem;

use crate::{
    http::{api_routes, partner_api, partner_api::embed, routes::feeds},
    pages::App,
};

/// All routes of the site.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    templates: Vec<String>,
    /// What each template takes; GET stands for HEAD too.
    methods: Vec<Vec<Method>>,
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

/// The templates of whatever is registered, as the router has them, each with methods that it takes.
fn registered() -> Vec<(String, Vec<Method>)> {
    let get = |template: &str| (template.to_owned(), vec![Method::GET]);
    // Pages are read; what changes something is a server function.
    let pages = generate_route_list(App);
    let pages = pages.iter().map(|page| get(page.path()));
    // Who opens the address of a form is led to its page.
    let forms = server_fn_paths().map(|(path, method)| (path.to_owned(), vec![method, Method::GET]));
    let machines = api_routes::description().paths.paths.into_iter().map(|(path, item)| (path, methods_of(&item)));
    let documents = feeds::TEMPLATES.into_iter().chain([embed::LATEST]).map(get);
    let scripts = embed::VERSIONS.iter().map(|script| get(script.path));
    // A browser asks there before it asks.
    let preflight = (partner_api::CONSENT.to_owned(), vec![Method::OPTIONS]);
    pages.chain(forms).chain(machines).chain(documents).chain(scripts).chain([preflight]).collect()
}

/// The methods that a route for machines is described with.
fn methods_of(item: &PathItem) -> Vec<Method> {
    let described = [
        (Method::GET, item.get.is_some()),
        (Method::POST, item.post.is_some()),
        (Method::PUT, item.put.is_some()),
        (Method::PATCH, item.patch.is_some()),
        (Method::DELETE, item.delete.is_some()),
        (Method::OPTIONS, item.options.is_some()),
    ];
    described.into_iter().filter_map(|(method, is_there)| is_there.then_some(method)).collect()
}

impl Routes {
    /// Those routes, each once, with every method that it is named with. One that the router itself would not take is left out.
    fn of(registered: Vec<(String, Vec<Method>)>) -> Self {
        let mut routes = Self::default();
        for (template, methods) in registered {
            let place = routes.templates.len();
            if routes.tree.insert(template.as_str(), place).is_ok() {
                routes.templates.push(template);
                routes.methods.push(methods);
            } else if let Some(known) = routes.templates.iter().position(|known| *known == template)
                && let Some(all) = routes.methods.get_mut(known)
            {
                all.extend(methods);
            }
        }
        routes
    }

    /// The methods that a route takes; GET stands for HEAD too.
    pub(crate) fn methods(&self, route: Route) -> &[Method] {
        self.methods.get(route.0).map_or(&[], Vec::as_slice)
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
            ("/embed/1.js", "/embed/1.js"),
            ("/embed/2.js", "/embed/2.js"),
            ("/health", "/health"),
        ] {
            assert_eq!(template(path), Some(known), "{path}");
        }
        for path in [
            "",
            "/nowhere",
            "/policy/",
            "/pkg/harmony.css",
            "/favicon.svg",
            "/embed/3.js",
            "/api/nothing",
            "/receipts/a/b",
        ] {
            assert_eq!(template(path), None, "{path}");
        }
    }

    #[test]
    fn a_route_takes_every_method_that_is_registered_for_it() {
        let routes = all();
        for (path, methods) in [
            ("/policy/1.0", &[Method::GET][..]),
            ("/verify", &[Method::GET, Method::POST]),
            ("/api/consent/answer", &[Method::POST, Method::GET]),
            ("/api/v1/consent", &[Method::GET, Method::POST, Method::OPTIONS]),
            ("/cookies.json", &[Method::GET]),
            ("/robots.txt", &[Method::GET]),
            ("/embed.js", &[Method::GET]),
        ] {
            assert_eq!(routes.find(path).map(|route| routes.methods(route)), Some(methods), "{path}");
        }
        for template in routes.templates() {
            assert!(routes.find(template).is_some_and(|route| !routes.methods(route).is_empty()), "{template}");
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
