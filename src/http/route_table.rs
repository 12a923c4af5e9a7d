//! The route templates of the site, such as `/policy/{version}`, with their methods.
//!
//! Logs, metrics and traces name a request by its template, so what a client typed never gets
//! there.

use axum::http::Method;
use matchit::Router;

use crate::domain::web::route::Route;

/// The route templates with their methods.
#[derive(Debug, Default)]
pub(crate) struct RouteTable {
    templates: Vec<String>,
    /// The methods of each template. GET includes HEAD.
    methods: Vec<Vec<Method>>,
    tree: Router<usize>,
}

impl RouteTable {
    /// Adds methods to a template. A template that the router does not accept is left out.
    pub(super) fn add(&mut self, template: &str, methods: impl IntoIterator<Item = Method>) {
        let index = self.templates.len();
        if self.tree.insert(template, index).is_ok() {
            self.templates.push(template.to_owned());
            self.methods.push(methods.into_iter().collect());
        } else if let Some(known) = self.templates.iter().position(|known| known == template)
            && let Some(all) = self.methods.get_mut(known)
        {
            for method in methods {
                if !all.contains(&method) {
                    all.push(method);
                }
            }
        }
    }

    /// The methods of a route. GET includes HEAD.
    pub(crate) fn methods(&self, route: Route) -> &[Method] {
        self.methods.get(route.0).map_or(&[], Vec::as_slice)
    }

    /// The route of a path without query and language prefix.
    pub(crate) fn find(&self, path: &str) -> Option<Route> {
        self.tree.at(path).ok().map(|found| Route(*found.value))
    }

    /// The template of a route.
    pub(crate) fn template(&self, route: Route) -> &str {
        self.templates.get(route.0).map_or("", String::as_str)
    }

    /// Every template, in the order of [`Route`].
    pub(crate) fn templates(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().map(String::as_str)
    }
}
