//! Where the names of trunks lead, and how long that holds (RFC 3263): NAPTR, SRV, addresses.
//!
//! | name | is looked up as |
//! | --- | --- |
//! | `udp:HOST:PORT` | the addresses of the host |
//! | `udp:HOST` | SRV `_sip._udp.HOST`; where there is none, the addresses, at the port of the transport |
//! | `dns:HOST` | NAPTR; where there is none, SRV for UDP, TCP and TLS; where there is none, the addresses, over UDP |
//!
//! Of equal priority the heavier comes first, so that the order stays as it is while the answers do (RFC 2782 would
//! throw dice; what is down is passed over by its health). Limits: [`PLACES`]; [`PATIENCE`] a name; what was found holds
//! from [`SHORTEST`] to [`LONGEST`].

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};

use crate::sip::{Destination, Named, Transport};

const PLACES: usize = 8;
const PATIENCE: Duration = Duration::from_secs(8);
const SHORTEST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(3_600);

/// Why a name leads nowhere.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("no DNS server can be asked: {0}")]
    NoServer(String),
    #[error("the DNS does not answer: {0}")]
    Unanswered(String),
    #[error("there is no such name, or it has no address")]
    Nothing,
}

/// Asks the DNS. Keeps answers for as long as they hold.
pub struct Resolver(TokioResolver);

/// What a name stands for: not empty, the best first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub places: Vec<Destination>,
    pub until: Instant,
}

impl Found {
    fn new() -> Self {
        Self { places: Vec::new(), until: Instant::now() + LONGEST }
    }

    fn add(&mut self, transport: Transport, addr: SocketAddr) {
        let place = Destination { transport, addr, flow: None };
        if self.places.len() < PLACES && !self.places.contains(&place) {
            self.places.push(place);
        }
    }
}

impl Resolver {
    /// `None`: the servers of the system.
    pub fn new(server: Option<SocketAddr>) -> Result<Self, ResolveError> {
        let no_server = |error: &dyn std::fmt::Display| ResolveError::NoServer(error.to_string());
        let builder = match server {
            Some(server) => {
                let mut known = NameServerConfig::udp_and_tcp(server.ip());
                known.connections.iter_mut().for_each(|connection| connection.port = server.port());
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![known]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio().map_err(|error| no_server(&error))?,
        };
        builder.build().map(Self).map_err(|error| no_server(&error))
    }

    pub async fn find(&self, name: &Named) -> Result<Found, ResolveError> {
        let found = tokio::time::timeout(PATIENCE, self.look_up(name)).await;
        let mut found = found.map_err(|_| ResolveError::Unanswered("too slow".to_owned()))??;
        found.until = found.until.clamp(Instant::now() + SHORTEST, Instant::now() + LONGEST);
        if found.places.is_empty() { Err(ResolveError::Nothing) } else { Ok(found) }
    }

    async fn look_up(&self, Named { transport, host, port }: &Named) -> Result<Found, ResolveError> {
        let mut found = Found::new();
        let usual = transport.unwrap_or(Transport::Udp);
        if let Some(port) = port {
            self.addresses(host, (usual, *port), &mut found).await?;
            return Ok(found);
        }
        let services = match transport {
            Some(transport) => vec![(*transport, service(*transport, host))],
            None => self.services(host, &mut found).await?,
        };
        for (transport, service) in services {
            self.servers(&service, transport, &mut found).await?;
        }
        if found.places.is_empty() {
            self.addresses(host, (usual, usual_port(usual)), &mut found).await?;
        }
        Ok(found)
    }

    /// What NAPTR offers, in its order; else everything that we speak.
    async fn services(&self, host: &str, found: &mut Found) -> Result<Vec<(Transport, String)>, ResolveError> {
        let mut rules: Vec<_> = self.ask(host, RecordType::NAPTR, found).await?;
        rules.sort_by_key(|data| match data {
            RData::NAPTR(rule) => (rule.order, rule.preference),
            _ => (u16::MAX, u16::MAX),
        });
        let offered = rules.iter().filter_map(|data| match data {
            RData::NAPTR(rule) if rule.flags.eq_ignore_ascii_case(b"s") => {
                let transport = match rule.services.to_ascii_uppercase().as_slice() {
                    b"SIP+D2U" => Transport::Udp,
                    b"SIP+D2T" => Transport::Tcp,
                    b"SIPS+D2T" => Transport::Tls,
                    _ => return None,
                };
                Some((transport, rule.replacement.to_ascii()))
            }
            _ => None,
        });
        let offered: Vec<_> = offered.collect();
        let all = || [Transport::Udp, Transport::Tcp, Transport::Tls].map(|one| (one, service(one, host))).to_vec();
        Ok(if offered.is_empty() { all() } else { offered })
    }

    async fn servers(&self, service: &str, transport: Transport, found: &mut Found) -> Result<(), ResolveError> {
        let mut servers: Vec<_> = self.ask(service, RecordType::SRV, found).await?;
        servers.sort_by_key(|data| match data {
            RData::SRV(server) => (server.priority, u16::MAX - server.weight, server.target.to_ascii(), server.port),
            _ => (u16::MAX, u16::MAX, String::new(), 0),
        });
        for data in servers {
            // RFC 2782: the root means that there is no such service.
            if let RData::SRV(server) = data
                && !server.target.is_root()
            {
                self.addresses(&server.target.to_ascii(), (transport, server.port), found).await?;
            }
        }
        Ok(())
    }

    async fn addresses(
        &self,
        host: &str,
        (transport, port): (Transport, u16),
        found: &mut Found,
    ) -> Result<(), ResolveError> {
        let mut addresses: Vec<IpAddr> = Vec::new();
        for kind in [RecordType::A, RecordType::AAAA] {
            let answers = self.ask(host, kind, found).await?;
            addresses.extend(answers.into_iter().filter_map(|data| match data {
                RData::A(address) => Some(IpAddr::V4(address.0)),
                RData::AAAA(address) => Some(IpAddr::V6(address.0)),
                _ => None,
            }));
        }
        // The order of the answers changes from one to the next.
        addresses.sort_unstable();
        addresses.into_iter().for_each(|ip| found.add(transport, SocketAddr::new(ip, port)));
        Ok(())
    }

    /// None are no error.
    async fn ask(&self, name: &str, kind: RecordType, found: &mut Found) -> Result<Vec<RData>, ResolveError> {
        let whole = if name.ends_with('.') { name.to_owned() } else { format!("{name}.") };
        match self.0.lookup(whole, kind).await {
            Ok(answer) => {
                found.until = found.until.min(answer.valid_until());
                Ok(answer.answers().iter().map(|record| record.data.clone()).collect())
            }
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(error) => Err(ResolveError::Unanswered(error.to_string())),
        }
    }
}

fn service(transport: Transport, host: &str) -> String {
    match transport {
        Transport::Udp => format!("_sip._udp.{host}"),
        Transport::Tcp | Transport::Ws => format!("_sip._tcp.{host}"),
        Transport::Tls => format!("_sips._tcp.{host}"),
    }
}

fn usual_port(transport: Transport) -> u16 {
    if transport == Transport::Tls { 5061 } else { 5060 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::rdata::{A, NAPTR, SRV};
    use hickory_resolver::proto::rr::{Name, Record};
    use tokio::net::UdpSocket;

    use super::*;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    fn srv(priority: u16, weight: u16, port: u16, target: &str) -> RData {
        RData::SRV(SRV::new(priority, weight, port, name(target)))
    }

    fn naptr(order: u16, services: &str, replacement: &str) -> RData {
        let (flags, services) = (Box::from(*b"s"), Box::from(services.as_bytes()));
        RData::NAPTR(NAPTR::new(order, 10, flags, services, Box::from(*b""), name(replacement)))
    }

    fn a(last: u8) -> RData {
        RData::A(A::new(192, 0, 2, last))
    }

    /// A server that knows these names, each for a minute.
    async fn server(zone: Vec<(&'static str, RData)>) -> Resolver {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let zone = Arc::new(zone);
        tokio::spawn(async move {
            let mut buffer = [0; 4_096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let mut message = Message::from_vec(&buffer[..length]).unwrap().into_response();
                let (asked, kind) = (message.queries[0].name().clone(), message.queries[0].query_type());
                let is_it = |(known, data): &&(&str, RData)| {
                    asked.to_ascii().eq_ignore_ascii_case(known) && data.record_type() == kind
                };
                let answers: Vec<Record> = zone
                    .iter()
                    .filter(is_it)
                    .map(|(_, data)| Record::from_rdata(asked.clone(), 60, data.clone()))
                    .collect();
                if answers.is_empty() {
                    message.metadata.response_code = ResponseCode::NXDomain;
                }
                message.insert_answers(answers);
                socket.send_to(&message.to_vec().unwrap(), from).await.unwrap();
            }
        });
        Resolver::new(Some(address)).unwrap()
    }

    async fn places(resolver: &Resolver, text: &str) -> Result<Vec<String>, ResolveError> {
        let found = resolver.find(&Named::parse(text).unwrap()).await?;
        let left = found.until - Instant::now();
        assert!(left <= Duration::from_secs(60) && left >= Duration::from_secs(50), "{left:?}");
        let shown = |place: &Destination| format!("{:?} {}", place.transport, place.addr);
        Ok(found.places.iter().map(shown).collect())
    }

    #[tokio::test]
    async fn a_name_leads_by_its_services_in_their_order() {
        let resolver = server(vec![
            ("whole.test.", naptr(20, "SIP+D2U", "_sip._udp.whole.test.")),
            ("whole.test.", naptr(10, "SIPS+D2T", "_sips._tcp.whole.test.")),
            ("whole.test.", naptr(5, "H323+D2U", "_h323._udp.whole.test.")),
            ("_sips._tcp.whole.test.", srv(1, 0, 5061, "one.test.")),
            ("_sip._udp.whole.test.", srv(2, 0, 5060, "one.test.")),
            ("_sip._udp.whole.test.", srv(1, 10, 5080, "two.test.")),
            ("_sip._udp.whole.test.", srv(1, 90, 5070, "one.test.")),
            ("_sip._udp.closed.test.", srv(0, 0, 0, ".")),
            ("one.test.", a(1)),
            ("two.test.", a(3)),
            ("two.test.", a(2)),
        ])
        .await;
        let all = [
            "Tls 192.0.2.1:5061",
            "Udp 192.0.2.1:5070",
            "Udp 192.0.2.2:5080",
            "Udp 192.0.2.3:5080",
            "Udp 192.0.2.1:5060",
        ];
        assert_eq!(places(&resolver, "dns:whole.test").await.unwrap(), all);
        assert_eq!(places(&resolver, "udp:whole.test").await.unwrap(), all[1..]);
        assert_eq!(places(&resolver, "tcp:two.test").await.unwrap(), ["Tcp 192.0.2.2:5060", "Tcp 192.0.2.3:5060"]);
        assert_eq!(places(&resolver, "tls:one.test:5099").await.unwrap(), ["Tls 192.0.2.1:5099"]);
        assert_eq!(places(&resolver, "dns:one.test").await.unwrap(), ["Udp 192.0.2.1:5060"]);
        for nothing in ["udp:none.test", "udp:closed.test"] {
            assert_eq!(resolver.find(&Named::parse(nothing).unwrap()).await, Err(ResolveError::Nothing), "{nothing}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_told_apart_from_a_name_that_is_not() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = silent.local_addr().unwrap();
        drop(silent);
        let resolver = Resolver::new(Some(address)).unwrap();
        let told = resolver.find(&Named::parse("udp:sip.test:5060").unwrap()).await;
        assert!(matches!(told, Err(ResolveError::Unanswered(_))), "{told:?}");
    }
}
