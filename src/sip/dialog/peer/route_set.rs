//! The proxies every request of a dialog passes (RFC 3261 §12.1, §12.2.1.1).

use crate::sip::wire::{NameAddr, Uri};

/// In the order in which our requests pass them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RouteSet(Vec<NameAddr>);

impl RouteSet {
    /// We were called: Record-Route of the request, in its order; or we call through proxies that are known.
    pub fn of_request(record_route: Vec<NameAddr>) -> Self {
        Self(record_route)
    }

    /// We called: Record-Route of the response, backwards.
    pub fn of_response(mut record_route: Vec<NameAddr>) -> Self {
        record_route.reverse();
        Self(record_route)
    }

    /// As header values, for [`Self::of_request`].
    pub fn written(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Request URI and Route headers of a request to `target`. A first route without `lr` is a strict
    /// router: it becomes the request URI, and the target goes to the end.
    pub fn apply(&self, target: &Uri) -> (Uri, Vec<NameAddr>) {
        match self.0.split_first() {
            Some((first, rest)) if !first.uri.is_loose_router() => {
                let mut uri = first.uri.clone();
                uri.headers.clear();
                uri.params.remove("method");
                let mut routes = rest.to_vec();
                routes.push(NameAddr::new(target.clone()));
                (uri, routes)
            }
            _ => (target.clone(), self.0.clone()),
        }
    }

    /// The URI the next hop is found by.
    pub fn next_hop<'a>(&'a self, target: &'a Uri) -> &'a Uri {
        self.0.first().map_or(target, |first| &first.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        Uri::parse(text).unwrap()
    }

    fn routes(texts: &[&str]) -> Vec<NameAddr> {
        texts.iter().map(|text| NameAddr::parse(text).unwrap()).collect()
    }

    fn shown(set: &RouteSet, target: &str) -> (String, Vec<String>) {
        let (line, routes) = set.apply(&uri(target));
        (line.to_string(), routes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn no_route() {
        let set = RouteSet::default();
        assert_eq!(shown(&set, "sip:a@192.0.2.1"), ("sip:a@192.0.2.1".to_owned(), vec![]));
        assert_eq!(set.next_hop(&uri("sip:a@192.0.2.1")), &uri("sip:a@192.0.2.1"));
    }

    #[test]
    fn loose_routes_keep_the_target_in_the_request_line() {
        let set = RouteSet::of_request(routes(&["<sip:p1.example;lr>", "<sip:p2.example;lr>"]));
        let (line, list) = shown(&set, "sip:a@192.0.2.1");
        assert_eq!(line, "sip:a@192.0.2.1");
        assert_eq!(list, ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]);
        assert_eq!(set.next_hop(&uri("sip:a@192.0.2.1")).host, "p1.example");
    }

    #[test]
    fn a_strict_router_takes_the_request_line() {
        let set = RouteSet::of_response(routes(&["<sip:p2.example;lr>", "<sip:p1.example;method=INVITE>"]));
        let (line, list) = shown(&set, "sip:a@192.0.2.1");
        assert_eq!(line, "sip:p1.example");
        assert_eq!(list, ["<sip:p2.example;lr>", "<sip:a@192.0.2.1>"]);
    }
}
